"""What each name in the table computes, for each kind of number."""
