"""Pages photographed on a desk: the sheet found, straightened for the engine, words laid back."""
