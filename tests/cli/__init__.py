"""Tests of the command line, with the simulator."""
