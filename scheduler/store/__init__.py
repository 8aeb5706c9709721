"""The complaint store: the only place that speaks SQL."""
