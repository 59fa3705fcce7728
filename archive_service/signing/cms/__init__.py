"""Signatures that are a CMS of their own: of letters, of containers, and beside a file."""
