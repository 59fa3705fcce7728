"""The shell of the REST API below /api/v1: requests, errors, OpenAPI."""
