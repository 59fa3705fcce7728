"""Copies join, are filled, lag behind, and leave."""
