"""What people text, acted on: from a stored message to changes and replies, in one transaction."""
