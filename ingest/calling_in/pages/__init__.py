"""Pages of calling in."""
