"""Pages of notices and incidents."""
