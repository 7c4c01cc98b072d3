"""A credential that many requests share: Carson's token, or an Eagle Eye session key."""

import asyncio
from collections.abc import Awaitable, Callable
import copy
import time

from ..errors import CannotConnectError, CarsonError


def _monotonic() -> float:
    # Looked up at each call, so that tests that freeze the time freeze this clock as well.
    return time.monotonic()


class SharedCredential[C]:
    """A credential that is renewed once, however many requests were rejected with it.

    A renewal goes on when those who wait for it give up: the next request finds it, or its result. Credentials are
    compared by identity: a cloud may issue the same text twice.

    Args:
        fetch: Fetches a new credential.
        rejection_error: Returns the error for a credential that was rejected right after it had been renewed.
        rejection_cooldowns: Seconds after the first, the second, … such rejection in a row before the next renewal.
        failure_pause: Returns the seconds after a failed renewal before the next one.
        monotonic: Returns the time in seconds.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[C]],
        *,
        rejection_error: Callable[[], CarsonError],
        rejection_cooldowns: tuple[float, ...],
        failure_pause: Callable[[CarsonError], float] = lambda _: 0.0,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._fetch = fetch
        self._rejection_error = rejection_error
        self._rejection_cooldowns = rejection_cooldowns
        self._rejections = 0
        self._failure_pause = failure_pause
        self._monotonic = monotonic or _monotonic
        self._current: C | None = None
        self._renewal: asyncio.Task[CarsonError | None] | None = None
        self._being_replaced: C | None = None
        self._failure: CarsonError | None = None
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
        """Return the current credential; wait for another one if there is none, or if it was rejected just now.

        Raises:
            CarsonError: From `fetch`.
        """
        if self._current is None or (self._is_renewing and self._being_replaced is self._current):
            return await self.renew(self._current)
        return self._current

    async def renew(self, rejected: C | None) -> C:
        """Return another credential than the one that was rejected.

        Raises:
            CarsonError: From `fetch`; during the cooldown, the rejection error.
        """
        if self._current is not None and self._current is not rejected:
            return self._current
        if not self._is_renewing:
            self._check_pauses(rejected)
        renewal = self.start_renewal()
        self._being_replaced = rejected
        error = await self._wait_for(renewal)
        if error is not None:
            raise copy.copy(error)
        return self._current if self._current is not None else await self.renew(None)

    def start_renewal(self) -> asyncio.Task[CarsonError | None]:
        """Renew the credential without waiting for it; return the renewal, whose result is its error."""
        if (renewal := self._renewal) is None or renewal.done():
            renewal = self._renewal = asyncio.create_task(self._renew())
        return renewal

    def report_rejected(self, credential: C) -> CarsonError:
        """Record that a renewed credential was rejected, and return the error to raise."""
        if credential is self._current and credential is not self._rejected:
            self._rejected = credential
            pauses = self._rejection_cooldowns
            self._rejected_until = self._monotonic() + pauses[min(self._rejections, len(pauses) - 1)]
            self._rejections += 1
        return self._rejection_error()

    def report_accepted(self, credential: C) -> None:
        """Record that the cloud accepts the current credential. A later rejection counts as the first one."""
        if credential is self._current and self._rejections:
            self._rejections = 0
            # Not at once: it may accept the credential for one request and reject it for another.
            self._rejected_until = min(self._rejected_until, self._monotonic() + self._rejection_cooldowns[0])

    async def close(self) -> None:
        """Cancel the renewal that is under way; those who wait for it get an error."""
        if (renewal := self._renewal) is not None:
            renewal.cancel()
            await asyncio.wait([renewal])

    @property
    def _is_renewing(self) -> bool:
        return self._renewal is not None and not self._renewal.done()

    def _check_pauses(self, rejected: C | None) -> None:
        if self._failure is not None and self._monotonic() < self._failure_until:
            raise copy.copy(self._failure)
        if rejected is not None and rejected is self._rejected and self._monotonic() < self._rejected_until:
            raise self._rejection_error()

    async def _renew(self) -> CarsonError | None:
        try:
            self.set(await self._fetch())
        except CarsonError as err:
            self._failure = copy.copy(err)
            self._failure_until = self._monotonic() + self._failure_pause(err)
            return err
        return None

    @staticmethod
    async def _wait_for(renewal: asyncio.Task[CarsonError | None]) -> CarsonError | None:
        # Unlike awaiting the task, this does not cancel it with the one who waits.
        await asyncio.wait([renewal])
        return CannotConnectError("The client was closed") if renewal.cancelled() else renewal.result()
