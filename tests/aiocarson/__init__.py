"""The client, against the simulator and on its own."""
