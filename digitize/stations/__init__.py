"""Scanning stations."""
