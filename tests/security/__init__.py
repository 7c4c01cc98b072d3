"""Nobody is let in, nothing leaks out."""
