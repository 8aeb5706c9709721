"""The SP4N-LAPOR! export: reading it safely, row by row, and making synthetic ones."""
