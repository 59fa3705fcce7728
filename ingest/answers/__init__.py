"""First answers to senders: by rule, in time."""
