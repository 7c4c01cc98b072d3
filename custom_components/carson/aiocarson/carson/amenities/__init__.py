"""Amenities and their reservations (Protocol A.7)."""
