"""Oversight: what has to be told to others in time."""
