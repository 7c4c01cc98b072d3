"""Counters of requests, door openings and live streams."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One committed opening of a door."""

    door_id: str
    door_name: str
    building_name: str
    number: int
    """How many times this door has been opened so far."""
    at: datetime


@dataclass(slots=True, kw_only=True)
class RequestRecord:
    """One request as it was received."""

    cloud: str
    operation: str
    method: str
    path: str
    query: dict[str, str] = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    """Names in lower case."""
    building: str | None = None
    camera: str | None = None
    door: str | None = None
    at: datetime
    status: int | None = None
    """Status of the response; None if there is none (yet)."""


@dataclass(slots=True, kw_only=True)
class Counters:
    """Everything counted since the start or the last reset."""

    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By (cloud, operation); cloud is `carson` or `eagle_eye`."""
    statuses: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """By (cloud, operation, status)."""
    per_camera: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By (operation, ESN)."""
    per_building: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By (operation, building id)."""
    openings: dict[str, int] = field(default_factory=dict)
    """Committed openings by door id, including those whose response was lost."""
    opening_log: list[Opening] = field(default_factory=list)
    live_open: Counter[str] = field(default_factory=Counter)
    """Live streams that are open, by ESN."""
    live_started: Counter[str] = field(default_factory=Counter)
    """Live streams started, by ESN."""
    max_live_streams: int = 0
    """Maximum number of live streams open at the same time."""
    in_flight: Counter[str] = field(default_factory=Counter)
    """Requests in progress by cloud, including live streams, without websockets."""
    max_in_flight: Counter[str] = field(default_factory=Counter)
    """Maximum number of requests in progress at the same time, by cloud."""
    websockets: int = 0
    """Websockets that are open."""
    max_websockets: int = 0
    """Maximum number of websockets open at the same time."""
    events: list[tuple[str, str, datetime]] = field(default_factory=list)
    """Events of user streams: (ESES or ESEE, ESN, time) (Protocol B.8, B.11)."""
    log: deque[RequestRecord] = field(default_factory=lambda: deque(maxlen=5000))

    def count(self, operation: str, cloud: str | None = None) -> int:
        """Return the number of requests for an operation."""
        return sum(n for (host, name), n in self.requests.items() if name == operation and cloud in {None, host})

    @property
    def logins(self) -> int:
        """Number of login requests."""
        return self.count("login")

    @property
    def session_calls(self) -> int:
        """Number of requests for an Eagle Eye session."""
        return self.count("session")

    @property
    def live_streams_open(self) -> int:
        """Number of live streams that are open."""
        return self.live_open.total()

    @property
    def live_streams_started(self) -> int:
        """Number of live streams started."""
        return self.live_started.total()

    def reset(self) -> None:
        """Reset all counters except those of what is in progress."""
        for name in ("requests", "statuses", "per_camera", "per_building", "openings", "opening_log", "live_started"):
            getattr(self, name).clear()
        self.events.clear()
        self.log.clear()
        self.max_in_flight.clear()
        self.max_websockets = self.websockets
        self.max_live_streams = self.live_streams_open

    @contextmanager
    def request(self, record: RequestRecord) -> Iterator[None]:
        """Count a request, and keep it in flight for as long as the context lasts."""
        self.requests[record.cloud, record.operation] += 1
        if record.camera is not None:
            self.per_camera[record.operation, record.camera] += 1
        if record.building is not None:
            self.per_building[record.operation, record.building] += 1
        self.log.append(record)
        self.in_flight[record.cloud] += 1
        self.max_in_flight[record.cloud] = max(self.max_in_flight[record.cloud], self.in_flight[record.cloud])
        try:
            yield
        finally:
            self.in_flight[record.cloud] -= 1

    @contextmanager
    def websocket(self, cloud: str) -> Iterator[None]:
        """Count a request as an open websocket instead of one in flight, for as long as the context lasts."""
        self.in_flight[cloud] -= 1
        self.websockets += 1
        self.max_websockets = max(self.max_websockets, self.websockets)
        try:
            yield
        finally:
            self.websockets -= 1
            self.in_flight[cloud] += 1

    def count_response(self, record: RequestRecord, status: int) -> None:
        """Record the status of a response."""
        record.status = status
        self.statuses[record.cloud, record.operation, status] += 1

    def as_json(self) -> dict[str, Any]:
        """Return all counters with plain keys."""
        return {
            "requests": {f"{cloud}.{name}": n for (cloud, name), n in sorted(self.requests.items())},
            "statuses": {f"{cloud}.{name}.{status}": n for (cloud, name, status), n in sorted(self.statuses.items())},
            "per_camera": {f"{name}.{esn}": n for (name, esn), n in sorted(self.per_camera.items())},
            "per_building": {f"{name}.{key}": n for (name, key), n in sorted(self.per_building.items())},
            "openings": dict(self.openings),
            "logins": self.logins,
            "session_calls": self.session_calls,
            "live_streams_open": self.live_streams_open,
            "live_streams_started": self.live_streams_started,
            "max_live_streams": self.max_live_streams,
            "live_open": {esn: n for esn, n in self.live_open.items() if n},
            "live_started": dict(self.live_started),
            "max_in_flight": dict(self.max_in_flight),
            "websockets": self.websockets,
            "max_websockets": self.max_websockets,
            "user_stream_events": [
                {"event": code, "camera": esn, "at": at.isoformat()} for code, esn, at in self.events
            ],
        }
