"""A case file, or the whole holding, written out."""
