"""Signatures in PDF: made, shown, validated."""
