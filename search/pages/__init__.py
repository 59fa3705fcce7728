"""The page of the search, and what stands in its address."""
