"""The one place that does HTTP, and what every request and answer shares."""
