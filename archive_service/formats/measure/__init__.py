"""Measures of one page image, and what they mean under a standard."""
