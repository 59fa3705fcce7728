"""Gains of rights: each waits until a second person confirms it."""
