"""A draft of a schedule tried on the holdings."""
