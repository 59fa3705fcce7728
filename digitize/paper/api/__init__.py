"""REST resources of paper and boxes."""
