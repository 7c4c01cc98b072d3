"""The amenities and reservations that a new simulator starts with."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.state.amenities import Amenity, Reservation
from simulator.state.model import ABSENT


def build_amenities(now: float) -> list[Amenity]:
    """Return the amenities of Harbor House and Mill Lofts.

    Args:
        now: Seconds since the epoch.
    """
    day = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo("America/New_York")).date()
    return [
        Amenity(
            id=301,
            name="Gym",
            building="501",
            notes="Please wipe the machines.",
            maximum_days=14,
            simultaneous=8,
            opens=time(6),
            closes=time(0),
            limit=6,
        ),
        Amenity(
            id=302,
            name="Roof Deck",
            building="501",
            time_zone="America/New_York",
            minimum_days=1,
            maximum_days=60,
            minimum_minutes="60",
            maximum_minutes="240",
            requires_approval=True,
            opens=time(10),
            closes=time(23),
            closed_dates={day + timedelta(days=20)},
            limit_per_week=2,
        ),
        Amenity(
            id=303,
            name="Guest Room",
            building="501",
            minimum_days=2,
            maximum_days=90,
            minimum_minutes=None,
            maximum_minutes=None,
            opens=time(0),
            closes=time(0),
            limit_per_month=3,
            overrides={"timezone": ABSENT, "requiresApproval": None},
        ),
        Amenity(id=304, name="Old Pool", building="501", active=False),
        Amenity(
            id="am-401",
            name="Workshop",
            building="502",
            time_zone="America/Los_Angeles",
            maximum_minutes="180",
            simultaneous=2,
        ),
        Amenity(id="am-402", name="Screening Room", building="502", maximum_minutes=None, requires_approval=True),
    ]


def build_reservations(now: float) -> list[Reservation]:
    """Return the reservations of the default resident.

    Args:
        now: Seconds since the epoch.
    """
    today = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo("America/New_York")).date()

    def reserve(days: int, number: int, amenity: str, begin: int, end: int, **attributes: object) -> Reservation:
        reservation = Reservation(
            id=number,
            amenity=amenity,
            account=1001,
            day=today + timedelta(days=days),
            begin=time(begin),
            end=time(end),
        )
        for name, value in attributes.items():
            setattr(reservation, name, value)
        return reservation

    return [
        reserve(-2, 9001, "301", 7, 8),
        reserve(1, 9002, "301", 7, 8),
        reserve(3, 9003, "302", 18, 21, state="pending", auto_approved=False),
        reserve(5, 9004, "302", 12, 13, state="denied", auto_approved=False, has_unseen_update=True),
    ]
