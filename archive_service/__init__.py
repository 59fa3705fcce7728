"""The archive service: what the stages share, and the entry points."""
