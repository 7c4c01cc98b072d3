"""Reading and writing FLV, AMF0 and H.264 headers."""
