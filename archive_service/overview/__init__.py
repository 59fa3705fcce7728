"""Pages across all rooms: home, approvals, quick switch, the system at a glance."""
