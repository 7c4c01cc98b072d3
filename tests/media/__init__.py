"""Tests of the stills and the live view that everybody shares."""
