"""The simulated Eagle Eye API (Protocol part B)."""
