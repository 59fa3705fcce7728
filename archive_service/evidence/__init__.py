"""Proof: the sealed audit trail and what goes out into every copy beside the packages."""
