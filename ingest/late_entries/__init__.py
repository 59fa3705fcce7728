"""Outages, and what was done on paper meanwhile."""
