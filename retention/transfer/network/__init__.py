"""Packages sent to another archive's server."""
