"""A Home Assistant instance on this machine, with the integration and simulated doors and cameras."""
