"""Incidents for those who run the archive, notices for people, and mail for both."""
