"""Calling in (thu thập): lists of what is to be submitted, deferrals, delays."""
