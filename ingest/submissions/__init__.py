"""Submissions received, checked and shown."""
