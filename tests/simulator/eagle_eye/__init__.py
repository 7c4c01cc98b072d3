"""Tests of the simulated Eagle Eye API."""
