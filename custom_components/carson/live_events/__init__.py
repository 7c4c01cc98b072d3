"""Live events: motion and the status of cameras as they happen."""
