"""Duties handed to a colleague for some days: given, done in the giver's stead, ended."""
