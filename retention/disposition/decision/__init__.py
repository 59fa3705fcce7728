"""The decision on a list, with its number."""
