"""Client for Eagle Eye: devices, stills, live view, recordings and events of one building's cameras."""
