"""Accounts: who may sign in, passwords, sessions and tokens."""
