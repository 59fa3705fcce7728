"""Describing what is held, field by field, with changes of the access mode."""
