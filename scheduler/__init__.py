"""What is due: working days, the ladder, the store, the sweep. No HTTP, no provider."""
