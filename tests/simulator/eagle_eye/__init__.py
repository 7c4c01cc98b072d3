"""Tests of eagle_eye."""
