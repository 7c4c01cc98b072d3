"""Tests of reading and writing FLV, AMF0 and H.264 headers."""
