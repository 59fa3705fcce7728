"""Commands for batches on their way in."""
