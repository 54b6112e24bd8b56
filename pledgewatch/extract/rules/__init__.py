"""The exact rules: amounts, conditions, obstacles, places, refusals and modifiers."""
