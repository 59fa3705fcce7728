"""Custody and use of the seal keys of agencies."""
