"""From Eagle Eye to whoever looks: stills for many viewers, one live upstream for many players."""
