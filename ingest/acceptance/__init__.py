"""Acceptance into custody, return, withdrawal, and the receipt."""
