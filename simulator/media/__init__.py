"""Pictures and video of the simulated cameras."""
