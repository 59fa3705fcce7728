"""Health of every backend, and figures of everything that is held and done."""
