"""How messages reach phones."""
