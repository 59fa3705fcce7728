"""Outages, and work that was done on paper meanwhile."""
