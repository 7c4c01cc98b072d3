"""Read and write FLV, AMF0 and H.264 headers."""
