"""A declared submission as pages show it."""
