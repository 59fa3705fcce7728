"""Retention schedules: shipped ones and those of the archive."""
