"""Pages of the acceptance desk."""
