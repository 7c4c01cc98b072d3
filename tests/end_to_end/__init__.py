"""Tests with Home Assistant, a browser and the simulator in processes of their own."""
