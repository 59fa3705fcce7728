"""Signed XML messages between two archives."""
