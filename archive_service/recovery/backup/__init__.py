"""Backups: sets on a medium, their keys, calendar and papers."""
