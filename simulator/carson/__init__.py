"""The simulated Carson API (Protocol part A)."""
