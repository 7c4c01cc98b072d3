"""Settings for all tests."""

import logging
from typing import override

from homeassistant.util import executor
from hypothesis import settings

# A slow machine is not an error, and a failure must be reproducible.
settings.register_profile("carson", deadline=None, derandomize=True)
settings.load_profile("carson")

# pytest-homeassistant-custom-component sets it to INFO, which buries a failure under the statements of the recorder.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

# It also prints what is logged. pytest shows that with a failed test; what threads log between tests is of no use.
for _handler in tuple(logging.getLogger().handlers):
    if type(_handler) is logging.StreamHandler:
        logging.getLogger().removeHandler(_handler)


class _SlowMachine(logging.Filter):
    """Drops what is logged because a machine is slow or busy: no test depends on that."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith(("Executing %s took", "Setup of %s is taking", "Setup of %s platform"))


for _name in ("asyncio", "homeassistant.setup", "homeassistant.helpers.entity_platform"):
    logging.getLogger(_name).addFilter(_SlowMachine())

# Seconds until threads are interrupted: on a busy machine, one may have to wait.
executor.EXECUTOR_SHUTDOWN_TIMEOUT = 600
