"""Packages: SIP of TT 05/2025 and E-ARK."""
