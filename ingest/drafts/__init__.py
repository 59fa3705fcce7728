"""Drafts of submissions that officers fill in."""
