"""Agencies, their identifiers, and which agency took over from which."""
