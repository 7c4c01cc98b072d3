"""HTTP: the transport, and what requests and responses of both clouds have in common."""
