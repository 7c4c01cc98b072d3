"""Recorded video: browsing, playback and HLS."""
