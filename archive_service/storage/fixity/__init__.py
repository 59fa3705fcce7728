"""Stored bytes compared with their record, and repaired."""
