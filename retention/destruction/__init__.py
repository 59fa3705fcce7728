"""Destruction carried out: every place emptied, proved and certified."""
