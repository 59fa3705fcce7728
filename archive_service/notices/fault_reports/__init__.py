"""Faults that people report from the page where they happened, and what becomes of them."""
