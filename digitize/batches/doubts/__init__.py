"""Commonest errors of scanning, looked for across a batch."""
