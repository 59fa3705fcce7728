"""Commands for agencies and record codes."""
