"""What is due: working days, the ladder, the store and the sweep. No HTTP, no messaging provider."""
