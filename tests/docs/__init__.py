"""Tests that run the examples of the documents."""
