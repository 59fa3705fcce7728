"""What somebody may read without asking, by grant or group: given, confirmed, ended."""
