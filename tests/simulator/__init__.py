"""The simulator behaves as the protocol says."""
