"""What an operator asks: is it well, where did an article go, what was refused and why."""
