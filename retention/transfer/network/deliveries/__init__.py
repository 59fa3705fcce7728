"""Packages received from another archive's server."""
