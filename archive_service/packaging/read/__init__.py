"""A package read back into the model it was written from."""
