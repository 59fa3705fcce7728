"""Deliveries of many case files at once."""
