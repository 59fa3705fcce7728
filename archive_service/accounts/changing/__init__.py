"""Another role, agency or unit of an account: a gain waits, a loss is at once."""
