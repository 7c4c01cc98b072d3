"""The command line, against the simulator."""
