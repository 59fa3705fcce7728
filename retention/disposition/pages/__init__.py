"""Pages of disposition."""
