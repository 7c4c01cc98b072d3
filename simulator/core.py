"""State, clock, faults and counters that the requests of both clouds share."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from simulator.clock import Clock
from simulator.connection import reset
from simulator.counters import Counters, Opening
from simulator.fault_injection import Faults
from simulator.settings import LiveSettings, Settings
from simulator.state.model import Account, Building, Device, Door, State
from simulator.state.reservations import Reservations
from simulator.state.seed import build_state
from simulator.state.sessions import Sessions
from simulator.state.subscriptions import Subscribers
from simulator.state.tokens import Algorithm, Tokens
from simulator.state.transcode_jobs import TranscodeJob


class Core:
    """State, clock, faults and counters of one simulator."""

    def __init__(self, clock: Clock | None = None, settings: Settings | None = None) -> None:
        """Initialize the simulator with its seed."""
        self.clock = clock or Clock()
        self.settings = settings or Settings()
        self.state: State = build_state(self.clock.time())
        self.faults = Faults()
        self.counters = Counters()
        self.tokens = Tokens(self.state, self.settings, self.clock)
        self.sessions = Sessions(self.settings, self.clock)
        self.subscribers = Subscribers(self.settings.poll, self.clock)
        self.status_changes: list[tuple[int, str, int, int]] = []
        """Changes of status words: milliseconds since the epoch, ESN, before, after."""
        self.websockets: list[web.Request] = []
        """The requests whose websockets are open."""
        self.reservations = Reservations(self.state, self.clock)
        self.on_status: list[Callable[[], object]] = []
        """Called after each change of a status word."""
        self.on_opening: list[Callable[[Opening], None]] = []
        self.transcode_jobs: dict[str, TranscodeJob] = {}
        """Jobs by id."""
        self.logged_in: set[int] = set()
        """Accounts that have signed in before: only the first login is slow."""
        self._stopped_at: dict[str, float] = {}
        self._executor: ThreadPoolExecutor | None = None

    def drop_websockets(self) -> None:
        """Lose the connections of all websockets, without a closing message."""
        for request in tuple(self.websockets):
            reset(request)

    @property
    def live(self) -> LiveSettings:
        """Settings of live video."""
        return self.settings.live

    @property
    def openings(self) -> dict[str, int]:
        """Committed door openings by door id."""
        return self.counters.openings

    def mint_token(self, account_email: str, *, expires_in: float | None = None, alg: Algorithm | None = None) -> str:
        """Return a valid token of an account; see `Tokens.mint`."""
        return self.tokens.mint(self.state.accounts[account_email], expires_in=expires_in, alg=alg)

    def commit_opening(self, building: Building, door: Door) -> None:
        """Open a door: from here on it has physically opened."""
        key = str(door.id)
        number = self.counters.openings.get(key, 0) + 1
        self.counters.openings[key] = number
        opening = Opening(
            door_id=key, door_name=door.name, building_name=building.name, number=number, at=self.clock.now()
        )
        self.counters.opening_log.append(opening)
        for listener in self.on_opening:
            listener(opening)

    def buildings_of(self, account: Account) -> list[Building]:
        """Return the buildings that an account belongs to."""
        return [self.state.buildings[key] for key in account.buildings if key in self.state.buildings]

    def building_of_device(self, device: Device) -> Building | None:
        """Return the building whose Eagle Eye account a device belongs to."""
        for building in self.state.buildings.values():
            if building.eagle_eye_account is not None and building.eagle_eye_account == device.account:
                return building
        return None

    def set_status(self, esn: str, status: int) -> None:
        """Set the status word of a camera; its frames stop and continue accordingly."""
        device = self.state.cameras[esn]
        was_streaming = device.is_streaming
        self.status_changes.append((int(self.clock.time() * 1000), esn, device.status, status))
        device.status = status
        if device.is_streaming != was_streaming:
            self._stopped_at.pop(esn, None)
            device.frames_stop_at = None if device.is_streaming else self.clock.time()
        for listener in self.on_status:
            listener()

    def freeze(self, esn: str, *, frozen: bool = True) -> None:
        """Make a camera repeat its last preview from now on, or continue."""
        self.state.cameras[esn].frames_stop_at = self.clock.time() if frozen else None

    def frames_end(self, device: Device) -> float | None:
        """Return the moment (seconds since the epoch) after which a camera has no frames; None if it goes on."""
        esn = device.esn or ""
        if device.is_streaming:
            self._stopped_at.pop(esn, None)
            return device.frames_stop_at
        if device.frames_stop_at is not None:
            return device.frames_stop_at
        return self._stopped_at.setdefault(esn, self.clock.time())

    async def in_thread[T](self, function: Callable[[], T]) -> T:
        """Run a slow function beside the event loop, in a thread that ends with the simulator."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="simulator")
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)

    def stop_threads(self) -> None:
        """Stop the thread of `in_thread`, if there is one."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None
