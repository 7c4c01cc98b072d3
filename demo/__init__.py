"""A real Home Assistant on this machine, with the integration in it and the simulator behind it."""
