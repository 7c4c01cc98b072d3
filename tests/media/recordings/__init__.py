"""Tests of recordings: segments, identifiers, searching and byte ranges."""
