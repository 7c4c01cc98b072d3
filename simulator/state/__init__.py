"""What exists in the simulated clouds."""
