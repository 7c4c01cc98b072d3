"""Amenities with their rules, and reservations (Protocol A.7)."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Literal

type Id = int | str
type State = Literal["approved", "pending", "denied", "cancelled"]


@dataclass(kw_only=True, slots=True)
class Amenity:
    """An amenity that residents can reserve by the hour."""

    id: Id
    name: str
    building: str
    """Key of the building."""
    active: bool = True
    time_zone: str | None = None
    """None: the time zone of the building."""
    notes: str | None = None
    minimum_days: int | None = 0
    """Minimum number of days between today and the date of a reservation."""
    maximum_days: int | None = 30
    """Maximum number of days between today and the date of a reservation."""
    minimum_minutes: int | str | None = 60
    """Shortest reservation, in the form in which it is sent."""
    maximum_minutes: int | str | None = 120
    simultaneous: int | None = 1
    """Maximum number of reservations that overlap."""
    requires_approval: bool = False
    opens: time = time(8)
    closes: time = time(22)
    closed_dates: set[date] = field(default_factory=set)
    limit: int | None = None
    """Maximum number of upcoming reservations of one resident."""
    limit_per_week: int | None = None
    limit_per_month: int | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    """Fields that are sent as given; `ABSENT` leaves a field out."""

    @property
    def key(self) -> str:
        """The id as text."""
        return str(self.id)


@dataclass(kw_only=True, slots=True)
class Reservation:
    """A reservation in any state."""

    id: Id
    amenity: str
    """Key of the amenity."""
    account: int
    day: date
    begin: time
    end: time
    """00:00 is the end of the day."""
    state: State = "approved"
    auto_approved: bool = True
    has_unseen_update: bool = False
    overrides: dict[str, Any] = field(default_factory=dict)
    """Fields that are sent as given; `ABSENT` leaves a field out."""

    @property
    def key(self) -> str:
        """The id as text."""
        return str(self.id)

    @property
    def is_live(self) -> bool:
        """Whether the reservation occupies its time."""
        return self.state in {"approved", "pending"}

    def overlaps(self, day: date, begin: time, end: time) -> bool:
        """Whether the reservation overlaps a period of a day."""
        first, last = minutes(self.begin, self.end)
        other_first, other_last = minutes(begin, end)
        return self.day == day and first < other_last and other_first < last


def minutes(begin: time, end: time) -> tuple[int, int]:
    """Return a period of a day in minutes; an end of 00:00 is the end of the day."""
    last = end.hour * 60 + end.minute
    return begin.hour * 60 + begin.minute, last or 24 * 60
