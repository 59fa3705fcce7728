"""All hits of a search, taken along as a table or a paper."""
