"""From paper images to pages one can trust."""
