"""`amenities`, `free`, `reservations`, `book`, `cancel`."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from cli.commands.amenities import parse_day, parse_hour
from cli.exit_codes import CommandError
from simulator import Simulator

from .conftest import Carson, SimulatorThread

WEDNESDAY = date(2026, 11, 25)


def test_amenities(carson: Carson) -> None:
    assert [one["name"] for one in carson("amenities", "--json").json] == ["Gym", "Roof Deck", "Guest Room"]
    assert "Roof Deck" in carson("amenities").out


def test_account_without_amenities(carson: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARSON_EMAIL", "noeye@example.com")
    monkeypatch.setenv("CARSON_PASSWORD", "no cameras")
    assert carson("amenities").err == "No amenities.\n"
    assert carson("reservations").err == "No upcoming reservations.\n"


def test_free(carson: Carson) -> None:
    result = carson("free", "gym", "tomorrow")
    assert result.lines[0] == "From   To"
    assert "18:00  19:00" in result.lines
    facts = carson("free", "gym", "tomorrow", "--json").json
    assert facts["amenity"] == "Gym"
    assert {"begin": "18:00", "end": "19:00"} in facts["free"]


def test_unavailable_days(carson: Carson, simulator: SimulatorThread) -> None:
    today = datetime.now(UTC).astimezone(ZoneInfo("America/New_York")).date()
    result = carson("free", "roof", today.isoformat())
    assert result.code == 1
    assert "Carson offers no hours on that date" in result.err
    assert carson("free", "sauna").code == 2


def booked(sim: Simulator) -> int:
    return sum(sim.reservations.bookings.values())


def test_book_and_cancel(carson: Carson, sim: Simulator) -> None:
    before = len(carson("reservations", "--json").json)
    result = carson("book", "gym", "tomorrow", "18", "19:00", "--yes", "--json")
    assert result.code == 0, result.err
    made = result.json
    assert made["amenity"] == "Gym"
    assert made["begin"][11:16] == "18:00"
    assert booked(sim) == 1
    listed = carson("reservations", "--json").json
    assert len(listed) == before + 1
    assert any(made["id"] in line for line in carson("reservations").lines)
    again = carson("book", "gym", "tomorrow", "18", "19:00", "--yes")
    assert again.code == 1
    assert booked(sim) == 1
    gone = carson("cancel", made["id"], "--yes")
    assert gone.out.startswith("Canceled Gym in Harbor House on ")
    assert carson("cancel", made["id"], "--yes").code in {1, 6}
    assert carson("cancel", "none", "--yes").code == 6


@pytest.mark.parametrize(("text", "code"), [("y\n", 0), ("n\n", 1)])
def test_confirmation(carson: Carson, sim: Simulator, type_input: Callable[[str], None], text: str, code: int) -> None:
    type_input(text)
    result = carson("book", "gym", "tomorrow", "18:00", "19:00")
    assert result.code == code
    assert "Book Gym in Harbor House on " in result.err
    assert booked(sim) == (code == 0)
    key = carson("reservations", "--json").json[0]["id"]
    type_input(text)
    assert carson("cancel", key).code == code
    assert sum(sim.reservations.cancellations.values()) == (code == 0)


@pytest.mark.parametrize(
    ("operation", "lists_before", "arguments", "text"),
    [
        (
            "book",
            1,
            ("book", "gym", "tomorrow", "18:00", "19:00"),
            "may or may not be booked; check `carson reservations`",
        ),
        ("cancel", 2, ("cancel", "ID"), "may or may not be canceled; check `carson reservations`"),
    ],
)
@pytest.mark.timeouts(first_pause=0.001)
def test_unclear_outcomes(
    carson: Carson,
    simulator: SimulatorThread,
    operation: str,
    lists_before: int,
    arguments: tuple[str, ...],
    text: str,
) -> None:
    key = carson("reservations", "--json").json[0]["id"]
    simulator.call(lambda sim: sim.faults.add(operation, kind="reset", when="after"))
    simulator.call(lambda sim: sim.faults.add("reservations", kind="status", status=503, skip=lists_before))
    result = carson(*(key if word == "ID" else word for word in arguments), "--yes")
    assert result.code == 5, result
    assert result.err.startswith("carson: ")
    assert ": the request was sent but not confirmed. " in result.err
    assert text in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("someday", "18:00", "19:00"),
        ("2001-01-01", "18:00", "19:00"),
        ("tomorrow", "19:00", "18:00"),
        ("tomorrow", "noon", "18:00"),
        ("tomorrow", "18:00", "25:00"),
    ],
)
def test_invalid_times(carson: Carson, sim: Simulator, arguments: tuple[str, ...]) -> None:
    assert carson("book", "gym", *arguments, "--yes").code == 2
    assert booked(sim) == 0


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", 25),
        ("Tomorrow", 26),
        ("wednesday", 32),
        ("thursday", 26),
        ("tuesday", 31),
        ("2026-11-25", 25),
        ("2026-11-30", 30),
    ],
)
def test_days(text: str, day: int) -> None:
    assert (parse_day(text, WEDNESDAY) - WEDNESDAY).days == day - 25


def test_invalid_days() -> None:
    for text in ("2026-11-24", "someday", "30"):
        with pytest.raises(CommandError):
            parse_day(text, WEDNESDAY)


def test_hours() -> None:
    assert [parse_hour(text) for text in ("8", "08:30", " 23:59", "24:00", "0:00")] == [
        time(8),
        time(8, 30),
        time(23, 59),
        time(),
        time(),
    ]
