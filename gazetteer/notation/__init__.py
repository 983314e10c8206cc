"""How people write positions, lengths, dates and how exact a position is: one reader of each."""
