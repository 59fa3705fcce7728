"""Formats held with their risk, and migration of formats."""
