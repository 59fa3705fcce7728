"""archive setup: the command and its questions at the terminal."""
