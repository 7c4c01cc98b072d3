"""Settings for all tests."""

import logging

from hypothesis import settings

# A slow machine is not an error, and a failure must be reproducible.
settings.register_profile("carson", deadline=None, derandomize=True)
settings.load_profile("carson")

# pytest-homeassistant-custom-component sets it to INFO, which buries a failure under the statements of the recorder.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
