"""A case file in order of time, as one PDF or XML."""
