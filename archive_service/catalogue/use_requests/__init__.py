"""Requests to use what is open on conditions: asked, clarified, decided, read."""
