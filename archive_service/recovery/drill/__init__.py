"""Restore drills: a sample restored, compared, and reported."""
