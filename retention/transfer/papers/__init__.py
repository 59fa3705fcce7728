"""Printed papers of a transfer."""
