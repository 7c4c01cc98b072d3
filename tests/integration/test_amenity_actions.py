"""Actions on amenities: responses, translated errors, and never two reservations for one request."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.auth.models import Group
from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from simulator import Simulator
from simulator.state.amenities import Reservation
from tests.support.states import get_state

CALENDAR = "calendar.harbor_house_reservations"
NEW_YORK = ZoneInfo("America/New_York")

pytestmark = pytest.mark.timeouts(reservation_checks=(0, 0.01))


@pytest.fixture
def platforms() -> list[Platform]:
    return [Platform.CALENDAR, Platform.EVENT, Platform.SENSOR]


@pytest.fixture
def tomorrow(sim: Simulator) -> date:
    return sim.clock.now().astimezone(NEW_YORK).date() + timedelta(days=1)


async def act(hass: HomeAssistant, action: str, /, context: Context | None = None, **data: Any) -> Any:
    response = action != "mark_reservations_seen"
    return await hass.services.async_call(
        "carson", action, data, blocking=True, return_response=response, context=context
    )


async def book(hass: HomeAssistant, day: date, begin: str = "18:00", end: str = "19:00", **more: Any) -> Any:
    data = {"amenity": "Gym", "date": day.isoformat(), "begin": begin, "end": end} | more
    return (await act(hass, "book_amenity", **data))["reservation"]


async def test_get_amenities(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date) -> None:
    gym, deck, room = (await act(hass, "get_amenities", calendar=CALENDAR))["amenities"]
    assert gym == {
        "id": "301",
        "name": "Gym",
        "notes": "Please wipe the machines.",
        "time_zone": "America/New_York",
        "first_date": (tomorrow - timedelta(days=1)).isoformat(),
        "last_date": (tomorrow + timedelta(days=13)).isoformat(),
        "minimum_reservation_time": 60,
        "maximum_reservation_time": 120,
        "requires_approval": False,
        "rental_agreement_required": False,
        "left": 5,
        "left_per_week": None,
        "left_per_month": None,
    }
    assert (deck["name"], deck["requires_approval"], room["minimum_reservation_time"]) == ("Roof Deck", True, None)


async def test_get_free_hours(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date) -> None:
    answer = await act(hass, "get_free_hours", amenity="roof deck", date=tomorrow.isoformat())
    assert answer["amenity"] == {"id": "302", "name": "Roof Deck"}
    assert answer["hours"] == [{"begin": "10:00:00", "end": "23:00:00"}]
    sim.state.amenities[1].closed_dates.add(tomorrow)
    answer = await act(hass, "get_free_hours", amenity=302, date=tomorrow.isoformat())
    assert answer["hours"] == []


async def test_book_and_cancel(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date) -> None:
    made = await book(hass, tomorrow)
    assert made["amenity"] == {"id": "301", "name": "Gym"}
    assert made["begin"].startswith(f"{tomorrow}T18:00:00-0")
    assert (made["state"], made["auto_approved"], made["has_unseen_update"]) == ("approved", True, False)
    assert get_state(hass, "sensor.harbor_house_upcoming_reservations").state == "3", "shown at once"
    answer = await act(hass, "cancel_reservation", reservation_id=made["id"])
    assert answer["cancelled"]["id"] == made["id"]
    assert get_state(hass, "sensor.harbor_house_upcoming_reservations").state == "2"
    assert (sim.counters.count("book"), sim.counters.count("cancel")) == (1, 1)


async def test_book_until_midnight(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date
) -> None:
    made = await book(hass, tomorrow, "22:00", "00:00")
    assert made["end"].startswith(f"{tomorrow + timedelta(days=1)}T00:00:00-0")


async def test_free_hours_in_an_unknown_form(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date
) -> None:
    """Carson decides whether the hours are free."""
    sim.faults.add("allowed_hours", "status", status=200, body='{"code":0,"status":"OK","data":["?"],"msg":null}')
    assert (await book(hass, tomorrow))["state"] == "approved"


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (
            {"amenity": "Sauna"},
            "unknown_amenity",
            "has no amenity named Sauna. Available amenities: Guest Room, Gym, Roof Deck",
        ),
        ({"days": -2}, "outside_window", "Gym cannot be reserved for"),
        ({"days": 20}, "outside_window", "Choose a date from"),
        ({"begin": "04:00", "end": "05:00"}, "hours_not_free", "Free hours: 06:00-"),
        ({"amenity": "g"}, "amenity_not_clear", "g fits more than one amenity: Guest Room, Gym. Use the whole name."),
        ({"begin": "19:00"}, "bad_hours", "The end time must be after the start time"),
        ({"begin": "07:00", "end": "08:00"}, "already_booked", "You already have a reservation for Gym at this time"),
        ({"begin": "18:00", "end": "18:30"}, "booking_refused", "Free hours on"),
    ],
)
async def test_invalid_bookings_are_rejected(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    tomorrow: date,
    change: dict[str, Any],
    key: str,
    words: str,
) -> None:
    day = tomorrow + timedelta(days=change.pop("days", 0))
    with pytest.raises(HomeAssistantError) as caught:
        await book(hass, day, **change)
    assert caught.value.translation_key == key
    assert words in str(caught.value)
    assert sim.reservations.bookings.total() == 0
    assert sim.counters.count("book") == (key == "booking_refused")


@pytest.mark.parametrize("quota", ["limit", "limit_per_week", "limit_per_month"])
@pytest.mark.freeze_time("2026-11-10 15:00:00+00:00")
async def test_quota_used_up(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, quota: str) -> None:
    sim.state.amenities[0].limit = None
    setattr(sim.state.amenities[0], quota, 1)
    with pytest.raises(ServiceValidationError) as caught:
        await book(hass, date(2026, 11, 11))
    assert caught.value.translation_key == "quota_used_up"
    assert sim.counters.count("book") == 0


async def test_booking_window_without_an_end(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date
) -> None:
    sim.state.amenities[0].maximum_days = None
    with pytest.raises(ServiceValidationError, match=r"The earliest date is \d{4}-"):
        await book(hass, tomorrow - timedelta(days=5))
    assert (await act(hass, "get_amenities"))["amenities"][0]["last_date"] is None


async def test_ambiguous_name_is_rejected(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date
) -> None:
    sim.state.amenities[1].name = "GYM"
    with pytest.raises(ServiceValidationError, match="301, 302"):
        await book(hass, tomorrow)
    assert (await book(hass, tomorrow, amenity="301"))["amenity"]["id"] == "301"


@pytest.mark.parametrize(
    ("kind", "when", "key"),
    [
        ("reset", "after", None),
        ("unauthorized", "after", None),
        ("ok_empty", "after", None),
        ("unauthorized", "before", "not_carried_out"),
        ("reset", "before", "reservation_unclear"),
        ("rate_limit", "before", "too_many_requests"),
        ("status:403", "before", "not_permitted"),
    ],
)
async def test_lost_responses(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    tomorrow: date,
    kind: str,
    when: str,
    key: str | None,
) -> None:
    sim.faults.add("book", kind, when=when)
    try:
        await book(hass, tomorrow)
    except HomeAssistantError as err:
        assert err.translation_key == key  # noqa: PT017
        assert str(err).startswith("Gym: ")  # noqa: PT017
    else:
        assert key is None
    assert sim.counters.count("book") == 1, "never repeated"
    assert sim.reservations.bookings.total() == (key is None)
    expected = "3" if key is None else "2"
    assert get_state(hass, "sensor.harbor_house_upcoming_reservations").state == expected


async def test_unknown_reservation_cannot_be_canceled(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "cancel_reservation", reservation_id="4711")
    assert caught.value.translation_key == "unknown_reservation"
    assert sim.counters.count("cancel") == 0


async def test_only_the_action_marks_updates_as_seen(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.reservations.decide("9003", "approved")
    await act(hass, "get_amenities")
    assert sim.counters.count("mark_seen") == 0
    await act(hass, "mark_reservations_seen", reservation_id="9003")
    assert [one.has_unseen_update for one in sim.state.reservations] == [False, False, False, True]
    await act(hass, "mark_reservations_seen")
    assert not any(one.has_unseen_update for one in sim.state.reservations)
    await act(hass, "mark_reservations_seen")
    assert sim.counters.count("mark_seen") == 2, "no update is left the third time"


async def test_building_is_chosen_by_its_calendar(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], tomorrow: date
) -> None:
    assert await async_setup_component(hass, "carson", {})
    with pytest.raises(ServiceValidationError, match="None of your buildings"):
        await act(hass, "get_amenities")
    entry = make_entry("two@example.com", password="two buildings")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    with pytest.raises(ServiceValidationError, match="Harbor House, Mill Lofts"):
        await act(hass, "get_amenities")
    answer = await act(hass, "get_amenities", calendar="calendar.mill_lofts_reservations")
    assert [one["name"] for one in answer["amenities"]] == ["Workshop", "Screening Room"]
    hass.states.async_set("calendar.other", "off")
    with pytest.raises(ServiceValidationError, match=r"calendar\.other is not"):
        await act(hass, "get_amenities", calendar="calendar.other")
    sim.state.buildings["502"].overrides["amenitiesData"] = None
    await entry.runtime_data.account.async_refresh()
    with pytest.raises(ServiceValidationError, match="is not the reservations calendar"):
        await act(hass, "get_amenities", calendar="calendar.mill_lofts_reservations")
    assert await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, "get_amenities", calendar="calendar.mill_lofts_reservations")
    assert caught.value.translation_key == "service_config_entry_not_loaded"


async def test_permissions(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date, hass_admin_user: MockUser
) -> None:
    reader = MockUser(groups=[Group(name="readers", policy={"entities": {"all": {"read": True}}})])
    reader.add_to_hass(hass)
    context = Context(user_id=reader.id)
    assert await act(hass, "get_amenities", context)
    with pytest.raises(Unauthorized):
        await act(hass, "cancel_reservation", context, reservation_id="9002")
    with pytest.raises(UnknownUser):
        await act(hass, "get_amenities", Context(user_id="unknown"))
    await act(hass, "cancel_reservation", Context(user_id=hass_admin_user.id), reservation_id="9002")
    assert sim.reservations.cancellations == {"9002": 1}


async def test_full_date(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date) -> None:
    deck = sim.state.amenities[1]
    sim.state.reservations.append(
        Reservation(id=1, amenity="302", account=1002, day=tomorrow, begin=deck.opens, end=deck.closes)
    )
    with pytest.raises(ServiceValidationError) as caught:
        await book(hass, tomorrow, amenity="Roof Deck")
    assert caught.value.translation_key == "hours_not_free"
    assert sim.counters.count("book") == 0


async def test_unreachable_cloud_raises_an_error(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tomorrow: date
) -> None:
    sim.faults.add("*", "ok_html", cloud="carson")
    requests: tuple[tuple[str, dict[str, Any]], ...] = (
        ("get_amenities", {}),
        ("get_free_hours", {"amenity": "Gym", "date": tomorrow.isoformat()}),
        ("cancel_reservation", {"reservation_id": "9002"}),
        ("mark_reservations_seen", {}),
    )
    for action, data in requests:
        with pytest.raises(HomeAssistantError) as caught:
            await act(hass, action, **data)
        assert caught.value.translation_key == "cannot_connect"
