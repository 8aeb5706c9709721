"""Everything people say to Ingat, see of it, or get from it."""
