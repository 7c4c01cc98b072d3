"""Ratios against the floor and against the peers' way of doing it, each measured in one run."""
