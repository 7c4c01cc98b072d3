"""Live video: one upstream for many players."""
