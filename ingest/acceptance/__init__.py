"""Acceptance into custody, what is added later, return, withdrawal, and the receipt."""
