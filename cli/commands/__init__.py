"""The commands; importing them adds them to the app."""

from . import account, amenities, cameras, changes, doors, raw, recordings

__all__ = ["account", "amenities", "cameras", "changes", "doors", "raw", "recordings"]
