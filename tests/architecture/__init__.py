"""Tests of the structure: which module may import which."""
