"""The term of one case file: why, until when, what moves it."""
