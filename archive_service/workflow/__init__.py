"""The story: the order of the steps of a case file."""
