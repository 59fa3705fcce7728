"""Whom to trust: roots, certificates, revocation."""
