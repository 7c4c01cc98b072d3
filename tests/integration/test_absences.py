"""What a response lacks: when it counts as gone, and how long that is remembered."""

from datetime import UTC, datetime, timedelta
import itertools

from custom_components.carson.absences import Absences

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def keep(absences: Absences, earlier: str, listed: str, minute: float, *, complete: bool = True) -> str:
    """Return the letters that are kept, after a response with some letters."""
    at = START + minute * MINUTE
    return "".join(absences.keep(earlier, set(listed), str, at=at, complete=complete))


def test_two_complete_responses_have_to_agree() -> None:
    absences = Absences()
    assert keep(absences, "abc", "a", 0) == "bc"
    assert keep(absences, "abc", "ab", 0.5) == "c"
    assert keep(absences, "abc", "a", 1) == "b", "it was there in between"


def test_incomplete_response_neither_proves_nor_contradicts() -> None:
    absences = Absences()
    assert keep(absences, "a", "", 0) == "a"
    assert keep(absences, "a", "", 1, complete=False) == "a"
    assert keep(absences, "a", "", 2) == ""


def test_clock_that_is_set_back_only_delays() -> None:
    absences = Absences()
    assert keep(absences, "a", "", 0) == "a"
    assert keep(absences, "a", "", -100) == "a"
    assert keep(absences, "a", "", -99) == ""


def test_confirmation_is_pending_for_a_while_only() -> None:
    absences = Absences()
    assert not absences.is_pending(START)
    keep(absences, "a", "", 0)
    assert absences.is_pending(START + 4 * MINUTE)
    assert not absences.is_pending(START + 5 * MINUTE)


def test_nothing_is_remembered_of_what_is_gone() -> None:
    """A cloud that lists other things in each response must not fill the memory."""
    absences = Absences()
    known: list[int] = []
    for minute, first in zip(range(200), itertools.count(step=100), strict=False):
        listed = list(range(first, first + 100))
        known = [*listed, *absences.keep(known, set(listed), int, at=START + minute * MINUTE, complete=True)]
    assert len(known) == 200
    assert len(absences._since) + len(absences._confirmed) <= 100
