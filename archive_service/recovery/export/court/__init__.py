"""A case file for a court: all that proves it, and a program that needs nothing of ours."""
