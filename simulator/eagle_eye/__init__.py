"""The simulated Eagle Eye API (Protocol B)."""
