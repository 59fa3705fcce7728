"""Duplicates and superseded drafts, and which case file keeps them."""
