"""Rules of completeness, and what a case file lacks by them."""
