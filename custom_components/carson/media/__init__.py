"""Stills, live views and recordings: one source for many viewers."""
