"""Tables of submissions, drafts, deliveries and handover."""
