"""Passkeys (WebAuthn) as second factors: enrolled, asked for, shown, and removed."""
