"""Tests of flv."""
