"""Where bytes are kept: copies, staging, fixity, locks, and the gate that destroys."""
