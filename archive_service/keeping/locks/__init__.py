"""Locks that the stores themselves keep on case files."""
