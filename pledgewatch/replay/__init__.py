"""Replays: which articles they derive anew, and how what they derive differs. Pure."""
