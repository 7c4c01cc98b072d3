"""Tests of live events: motion and status of the cameras as they happen."""
