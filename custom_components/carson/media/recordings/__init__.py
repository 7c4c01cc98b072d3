"""Recorded video: browsing, searching and playing."""
