"""`python -m tests.guide.house`: figures of the house, or the picture of its rooms."""

from tests.guide.house.figures import main

main()
