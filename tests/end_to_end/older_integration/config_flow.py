"""Entries of version 1.1; nobody adds one."""

from homeassistant.config_entries import ConfigFlow


class OlderFlow(ConfigFlow, domain=(__package__ or "").rpartition(".")[2]):
    """The flow that says which version entries have."""
