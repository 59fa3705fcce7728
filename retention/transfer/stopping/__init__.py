"""Case files stopped after they were sent."""
