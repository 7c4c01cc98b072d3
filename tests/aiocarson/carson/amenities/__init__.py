"""Tests of carson."""
