"""The console without servers."""
