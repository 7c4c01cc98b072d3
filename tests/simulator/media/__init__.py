"""Tests of the simulated media."""
