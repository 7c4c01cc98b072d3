"""Tests of the client, the simulator, the integration, and of all of them together."""
