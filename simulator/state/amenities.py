"""What exists of amenities: what can be booked, by which rules, and what is booked (Protocol A.7)."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Literal

type Id = int | str
type State = Literal["approved", "pending", "denied", "cancelled"]


@dataclass(kw_only=True, slots=True)
class Amenity:
    """Something that residents can reserve by the hour."""

    id: Id
    name: str
    building: str
    """Key of its building."""
    active: bool = True
    time_zone: str | None = None
    """None: that of the building."""
    notes: str | None = None
    minimum_days: int | None = 0
    """How many days before the date it must be booked at the latest."""
    maximum_days: int | None = 30
    """How many days before the date it can be booked at the earliest."""
    minimum_minutes: int | str | None = 60
    """Shortest reservation, in the form in which it is answered."""
    maximum_minutes: int | str | None = 120
    simultaneous: int | None = 1
    """How many reservations may overlap."""
    requires_approval: bool = False
    opens: time = time(8)
    closes: time = time(22)
    closed_dates: set[date] = field(default_factory=set)
    limit: int | None = None
    """The most upcoming reservations of one resident."""
    limit_per_week: int | None = None
    limit_per_month: int | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    """Fields that are answered as given; `ABSENT` leaves a field out."""

    @property
    def key(self) -> str:
        """The id as text."""
        return str(self.id)


@dataclass(kw_only=True, slots=True)
class Reservation:
    """A reservation, live or not."""

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
    """Fields that are answered as given; `ABSENT` leaves a field out."""

    @property
    def key(self) -> str:
        """The id as text."""
        return str(self.id)

    @property
    def is_live(self) -> bool:
        """Whether it keeps others away."""
        return self.state in {"approved", "pending"}

    def overlaps(self, day: date, begin: time, end: time) -> bool:
        """Whether it and a span of a day have time in common."""
        first, last = minutes(self.begin, self.end)
        other_first, other_last = minutes(begin, end)
        return self.day == day and first < other_last and other_first < last


def minutes(begin: time, end: time) -> tuple[int, int]:
    """Return a span of a day in minutes; an end of 00:00 is the end of the day."""
    last = end.hour * 60 + end.minute
    return begin.hour * 60 + begin.minute, last or 24 * 60
