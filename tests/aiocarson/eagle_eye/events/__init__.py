"""Tests of camera events: over the websocket and by polling."""
