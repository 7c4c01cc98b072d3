"""The one place that renews keys: the token of Carson and the session keys of Eagle Eye alike."""

import asyncio
from collections.abc import Awaitable, Callable
import copy
import time

from ..errors import CarsonError


def _monotonic() -> float:
    # Looked up at each call, so that a frozen clock freezes this one as well.
    return time.monotonic()


class SharedCredential[K]:
    """Holds a key that many requests share, and renews it once however many of them were refused.

    Keys are told apart by identity: a cloud may hand out the same text again.

    Args:
        fetch: Gets a new key.
        refused: Makes the error for a key that was refused although it had just been renewed.
        cool_down: Seconds to wait before a renewal after such a refusal.
        failure_pause: Seconds during which a failed renewal is not tried again.
        monotonic: Clock in seconds.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[K]],
        *,
        refused: Callable[[], CarsonError],
        cool_down: float,
        failure_pause: float = 0,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._fetch = fetch
        self._refused_error = refused
        self._cool_down = cool_down
        self._failure_pause = failure_pause
        self._monotonic = monotonic or _monotonic
        self._lock = asyncio.Lock()
        self._key: K | None = None
        self._failure: CarsonError | None = None
        self._failures = 0
        self._failure_until = 0.0
        self._refused: K | None = None
        self._refused_until = 0.0

    @property
    def key(self) -> K | None:
        """The present key, if there is one."""
        return self._key

    def set(self, key: K | None) -> None:
        """Take a key from outside, or forget the present one; earlier failures are forgotten too."""
        self._key = key
        self._failure = None
        self._refused = None

    async def get(self) -> K:
        """Hand out the present key, or get the first one.

        Raises:
            CarsonError: As `fetch` does.
        """
        return self._key if self._key is not None else await self._renewed(None)

    async def renew(self, failing: K) -> K:
        """Hand out a key other than the one that was just refused.

        Raises:
            CarsonError: As `fetch` does; while cooling down, the error of a refused key.
        """
        return await self._renewed(failing)

    def refused(self, key: K) -> CarsonError:
        """Take down that a renewed key was refused as well, and hand out the error that says so."""
        if key is self._key and key is not self._refused:
            self._refused = key
            self._refused_until = self._monotonic() + self._cool_down
        return self._refused_error()

    async def _renewed(self, failing: K | None) -> K:
        failures_before = self._failures
        async with self._lock:
            if self._key is not None and self._key is not failing:
                return self._key
            if self._failure is not None and (
                self._failures != failures_before or self._monotonic() < self._failure_until
            ):
                raise copy.copy(self._failure)
            if failing is not None and failing is self._refused and self._monotonic() < self._refused_until:
                raise self._refused_error()
            try:
                key = await self._fetch()
            except CarsonError as err:
                self._failure = copy.copy(err)
                self._failures += 1
                self._failure_until = self._monotonic() + self._failure_pause
                raise
            self.set(key)
            return key
