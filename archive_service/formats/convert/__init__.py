"""Files converted to formats that are safe to keep."""
