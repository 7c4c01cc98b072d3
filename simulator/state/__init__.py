"""The state of the simulated clouds."""
