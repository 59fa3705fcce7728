"""Packages and the folder of a transfer."""
