"""The reply to a transfer, and receipts."""
