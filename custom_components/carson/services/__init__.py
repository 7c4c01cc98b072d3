"""Actions of the Carson integration."""
