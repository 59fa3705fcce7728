"""Signing in: at the page, and at the shell of the machine."""
