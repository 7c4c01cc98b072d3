"""All targets of the fuzzer."""

from tests.fuzz.client_targets import CLIENT_TARGETS
from tests.fuzz.media_targets import MEDIA_TARGETS

TARGETS = CLIENT_TARGETS + MEDIA_TARGETS
