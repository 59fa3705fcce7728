"""Transfers that come in: read, decided, carried out."""
