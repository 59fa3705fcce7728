"""Tables of copies, fixity, the audit trail, jobs and migration of formats."""
