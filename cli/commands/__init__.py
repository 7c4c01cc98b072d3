"""The commands; importing them adds them to the app."""

from . import account, amenities, cameras, changes, doors, raw, recordings, watch

__all__ = ["account", "amenities", "cameras", "changes", "doors", "raw", "recordings", "watch"]
