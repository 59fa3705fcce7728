"""The papers of a destruction file."""
