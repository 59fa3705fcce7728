"""Keeping what is held: copies, fixity, formats, malware, locks."""
