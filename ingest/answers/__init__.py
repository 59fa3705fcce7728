"""First answers to senders: by rule, in office hours, in time."""
