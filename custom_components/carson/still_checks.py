"""Whether cameras that Eagle Eye's device list does not name give pictures: without the list, that is all to go by."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import logging

from homeassistant.util import dt as dt_util

from .aiocarson import ApiError, CarsonError, EagleEye, InvalidResponseError

_LOGGER = logging.getLogger(__name__)

_AT_ONCE = 4
_PROBES = 2
"""When so many cameras in a row could not be reached, the others are not tried."""
_MAX_CAMERAS = 100
"""The most cameras of a building that are checked in one round."""
_ROUND_SECONDS = 15
# Errors that concern one camera: Eagle Eye has answered.
_ANSWERS = (ApiError, InvalidResponseError)
_RECHECK_AFTER = timedelta(minutes=5)
"""A camera whose answer is certain is not checked again sooner."""
_TOLERATED_FAILURES = 2
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Check:
    """What is known of one camera.

    Attributes:
        checked_at: When a still was last requested.
        has_answered: Whether it has ever given one.
        failures: The failures in a row.
        error: The last failure, None after a success.
    """

    checked_at: datetime = _NEVER
    has_answered: bool = False
    failures: int = 0
    error: CarsonError | None = None

    @property
    def is_answering(self) -> bool:
        """Whether it gives pictures; a failure or two do not count."""
        return self.has_answered and self.failures <= _TOLERATED_FAILURES

    def fail(self, error: CarsonError) -> None:
        """Record a failure."""
        self.failures += 1
        self.error = error
        self.checked_at = dt_util.utcnow()

    def succeed(self) -> None:
        """Record a picture."""
        self.failures = 0
        self.error = None
        self.has_answered = True
        self.checked_at = dt_util.utcnow()

    def is_due(self, now: datetime) -> bool:
        """Return whether to check it again."""
        is_certain = self.error is None or self.failures > _TOLERATED_FAILURES
        return not is_certain or not timedelta(0) <= now - self.checked_at < _RECHECK_AFTER


class StillChecks:
    """The cameras of one building for which a still was requested, and what came of it."""

    def __init__(self) -> None:
        """Initialize without any check."""
        self._checks: dict[str, _Check] = {}

    @property
    def answering(self) -> frozenset[str]:
        """The ids of the cameras that give pictures."""
        return frozenset(camera_id for camera_id, check in self._checks.items() if check.is_answering)

    @property
    def errors(self) -> Mapping[str, CarsonError]:
        """Why cameras give no pictures, by their ids, once that is certain."""
        return {
            camera_id: check.error
            for camera_id, check in self._checks.items()
            if check.error is not None and check.failures > _TOLERATED_FAILURES
        }

    async def async_check(self, eagle_eye: EagleEye, camera_ids: Iterable[str]) -> None:
        """Request a still of each camera that is due, those that have waited longest first; forget all others."""
        self._checks = {camera_id: self._checks.get(camera_id, _Check()) for camera_id in sorted(camera_ids)}
        now = dt_util.utcnow()
        due = sorted(
            (item for item in self._checks.items() if item[1].is_due(now)), key=lambda item: item[1].checked_at
        )
        probes, rest = due[:_PROBES], due[_PROBES:_MAX_CAMERAS]
        errors = [await _async_check(eagle_eye, *item) for item in probes]
        unreachable = [error for error in errors if error is not None and not isinstance(error, _ANSWERS)]
        if unreachable and len(unreachable) == len(probes):
            # Eagle Eye cannot be reached: that holds for all cameras.
            for _, check in rest:
                check.fail(unreachable[0])
            return
        semaphore = asyncio.Semaphore(_AT_ONCE)

        async def check_one(camera_id: str, check: _Check) -> None:
            async with semaphore:
                await _async_check(eagle_eye, camera_id, check)

        # The rest follows in the next round.
        with suppress(TimeoutError):
            async with asyncio.timeout(_ROUND_SECONDS):
                await asyncio.gather(*(check_one(*item) for item in rest))


async def _async_check(eagle_eye: EagleEye, camera_id: str, check: _Check) -> CarsonError | None:
    """Request a still of one camera; return the error, None for a success."""
    try:
        await eagle_eye.get_still(camera_id, retries=0)
    except CarsonError as err:
        _LOGGER.debug("Camera %s gives no picture: %s", camera_id, err)
        check.fail(err)
        return err
    check.succeed()
    return None
