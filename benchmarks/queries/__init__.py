"""How fast the searches that people need are on a million mentions."""
