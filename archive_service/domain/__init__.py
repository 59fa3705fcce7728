"""Nouns, their states and invariants; every table; no session and no I/O."""
