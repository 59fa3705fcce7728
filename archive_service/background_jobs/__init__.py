"""The ledger of work as people see it: what runs, waits, and waits for a person."""
