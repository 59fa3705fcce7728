"""Lookups of codes, documents and bytes that the archive knows already."""
