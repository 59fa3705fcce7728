"""From the hands of the sender to ours: receive, check, accept or return."""
