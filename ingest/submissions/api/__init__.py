"""REST resources of submissions."""
