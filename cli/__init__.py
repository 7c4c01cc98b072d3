"""The command `carson`: doors, cameras, recordings and reservations from a terminal."""
