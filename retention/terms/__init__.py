"""The term of one case file: which rule it falls under, why, until when, what moves it."""
