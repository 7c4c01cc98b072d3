"""Faults of both clouds and of the network, and what must hold whatever happens."""
