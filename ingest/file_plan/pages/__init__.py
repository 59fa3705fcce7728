"""Pages of file plans."""
