"""Pages of fonds and series."""
