"""The integration in Home Assistant, on the simulated clouds."""
