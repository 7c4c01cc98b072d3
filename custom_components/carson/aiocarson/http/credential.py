"""A credential that many requests share: Carson's token, or an Eagle Eye session key."""

import asyncio
from collections.abc import Awaitable, Callable
import copy
import time

from ..errors import CarsonError


def _monotonic() -> float:
    # Looked up at each call, so that tests that freeze the time freeze this clock as well.
    return time.monotonic()


class SharedCredential[C]:
    """A credential that is renewed once, however many requests were rejected with it.

    Credentials are compared by identity: a cloud may issue the same text twice.

    Args:
        fetch: Fetches a new credential.
        rejection_error: Returns the error for a credential that was rejected right after it had been renewed.
        rejection_cooldown: Seconds after such a rejection before the next renewal.
        failure_pause: Seconds after a failed renewal before the next one.
        monotonic: Returns the time in seconds.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[C]],
        *,
        rejection_error: Callable[[], CarsonError],
        rejection_cooldown: float,
        failure_pause: float = 0,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._fetch = fetch
        self._rejection_error = rejection_error
        self._rejection_cooldown = rejection_cooldown
        self._failure_pause = failure_pause
        self._monotonic = monotonic or _monotonic
        self._lock = asyncio.Lock()
        self._current: C | None = None
        self._failure: CarsonError | None = None
        self._failures = 0
        self._failure_until = 0.0
        self._rejected: C | None = None
        self._rejected_until = 0.0

    @property
    def current(self) -> C | None:
        """The current credential, if there is one."""
        return self._current

    def set(self, credential: C | None) -> None:
        """Replace or remove the current credential, and forget earlier failures."""
        self._current = credential
        self._failure = None
        self._rejected = None

    async def get(self) -> C:
        """Return the current credential; fetch it first if there is none.

        Raises:
            CarsonError: From `fetch`.
        """
        return self._current if self._current is not None else await self._renew(None)

    async def renew(self, rejected: C) -> C:
        """Return another credential than the one that was rejected.

        Raises:
            CarsonError: From `fetch`; during the cooldown, the rejection error.
        """
        return await self._renew(rejected)

    def report_rejected(self, credential: C) -> CarsonError:
        """Record that a renewed credential was rejected, and return the error to raise."""
        if credential is self._current and credential is not self._rejected:
            self._rejected = credential
            self._rejected_until = self._monotonic() + self._rejection_cooldown
        return self._rejection_error()

    async def _renew(self, rejected: C | None) -> C:
        failures_before = self._failures
        async with self._lock:
            if self._current is not None and self._current is not rejected:
                return self._current
            if self._failure is not None and (
                self._failures != failures_before or self._monotonic() < self._failure_until
            ):
                raise copy.copy(self._failure)
            if rejected is not None and rejected is self._rejected and self._monotonic() < self._rejected_until:
                raise self._rejection_error()
            try:
                credential = await self._fetch()
            except CarsonError as err:
                self._failure = copy.copy(err)
                self._failures += 1
                self._failure_until = self._monotonic() + self._failure_pause
                raise
            self.set(credential)
            return credential
