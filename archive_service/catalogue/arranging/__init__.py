"""Documents moved, reordered and merged; case files split and placed."""
