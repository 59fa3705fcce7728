"""A batch released into case files and submissions."""
