"""The search index looked at, compared with the holdings, and written again in use."""
