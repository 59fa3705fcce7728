"""A short form of the benches, beside the figures that are kept: what became slower."""
