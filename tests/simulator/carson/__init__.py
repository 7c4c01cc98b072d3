"""Tests of the simulated Carson API."""
