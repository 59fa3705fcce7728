"""From the sender's hands to ours: received, checked, and decided on."""
