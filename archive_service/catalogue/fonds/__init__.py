"""Fonds and their series."""
