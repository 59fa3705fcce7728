"""A backup brought back on a bare home."""
