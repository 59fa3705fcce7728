"""What people are told: incidents and notices."""
