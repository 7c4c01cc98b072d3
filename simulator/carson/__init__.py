"""The simulated Carson API (Protocol A)."""
