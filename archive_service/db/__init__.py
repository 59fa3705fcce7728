"""Engines, the unit of work and the migrations."""
