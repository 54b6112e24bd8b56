"""Replays: another run over the same articles, beside the live one, until it takes its place."""
