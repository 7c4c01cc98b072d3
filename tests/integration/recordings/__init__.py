"""Tests of playing recordings."""
