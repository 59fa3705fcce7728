"""Controlled lists of keywords, persons and places."""
