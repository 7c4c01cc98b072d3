"""The command `carson`: doors and cameras from a terminal."""
