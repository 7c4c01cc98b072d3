"""Tests of access control, hostile input and secrets."""
