"""Addresses and versions of the clouds."""

DEFAULT_API_URL = "https://api.carson.live/api"
"""Carson's API, without the version (Protocol A.1)."""
API_VERSION = "v1.4.4"
"""The version of Carson's API that the client was made for (Protocol A.1)."""
DEFAULT_EAGLE_EYE_URL = "https://{subdomain}.eagleeyenetworks.com"
"""Eagle Eye's hosts, of which Carson names the sub-domain (Protocol B.1)."""
