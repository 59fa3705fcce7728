"""Scanned pages made easy to read, and small: for reading alone."""
