"""Signing in at an identity provider (OpenID Connect): whose account it is stands here alone."""
