"""Batches on their way in: opened, filled, closed, watched folders."""
