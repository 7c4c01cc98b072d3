"""Eagle Eye's API for one building: devices, stills, live video, recordings and events (Protocol part B)."""
