"""One check a file; each yields all that it finds."""
