"""Seals on digitized copies, and signed copies for use."""
