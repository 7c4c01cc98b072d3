"""Benchmarks that compare the integration with simpler methods in the same run."""
