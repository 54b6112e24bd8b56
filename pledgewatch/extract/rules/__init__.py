"""The exact rules: grammar of pledges, conditions, obstacles, places, and what is none of these."""
