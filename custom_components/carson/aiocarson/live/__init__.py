"""Live video without end: segments joined into one, for any number of players."""
