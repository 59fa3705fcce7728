"""Benches of transfers."""
