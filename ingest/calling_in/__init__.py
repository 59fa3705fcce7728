"""Calling in (thu thập): what is to be submitted, what is kept longer, who is late."""
