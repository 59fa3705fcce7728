"""Reviews: the trail each week, accounts and rights each quarter, line by line, and signed."""
