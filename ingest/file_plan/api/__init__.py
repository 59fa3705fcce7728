"""REST resources of file plans."""
