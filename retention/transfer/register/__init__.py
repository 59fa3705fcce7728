"""The register of a transfer: composed, approved, sent, answered."""
