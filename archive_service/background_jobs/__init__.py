"""The ledger of work as people see it: running, waiting, and waiting for a person."""
