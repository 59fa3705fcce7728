"""The REST resources below /api/v1, one a file."""
