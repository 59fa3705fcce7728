"""Appointments of deliveries."""
