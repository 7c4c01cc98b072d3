"""Images and video of the simulated cameras."""
