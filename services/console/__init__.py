"""The web pages for people: board, changes, evidence, corrections."""
