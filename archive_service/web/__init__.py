"""The pages, a page of the map a file."""
