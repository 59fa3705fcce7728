"""What came: its bytes in staging, its rows, and how pages show it as it was declared."""
