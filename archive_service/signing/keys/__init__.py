"""Signing keys listed, watched and renewed."""
