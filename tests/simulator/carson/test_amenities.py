"""Tests of amenities and reservations (Protocol A.7, C rows 16 and 17)."""

import asyncio
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from simulator.carson.amenities import find_operation
from simulator.state.amenities import Reservation
from tests.support.http_client import HttpClient

NEW_YORK = ZoneInfo("America/New_York")
UPCOMING = "amenities/reservations/?building=501&status=upcoming&approval_statuses=approved,denied,cancelled,pending"


class AmenitiesClient:
    """Client for amenities and reservations."""

    def __init__(self, client: HttpClient) -> None:
        """Initialize the client."""
        self.client = client
        self.tomorrow = client.sim.clock.now().astimezone(NEW_YORK).date() + timedelta(days=1)

    async def request(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Send a request and return its status, and its data or error code."""
        url = path if path.startswith("http") else f"{self.client.sim.api_url}/v2.0.0/{path}"
        headers = {"Authorization": f"JWT {self.client.token}"}
        async with self.client.session.request(method, url, headers=headers, **options) as response:
            body = await response.read()
            if not body:
                return response.status, None
            envelope = await response.json()
            assert set(envelope) == {"code", "status", "data", "msg"}
            assert (envelope["code"] == 0) == (response.status < 300)
            return response.status, envelope["data"] if response.status < 300 else envelope["code"]

    async def book(self, amenity: object = 301, days: int = 0, begin: str = "18:00:00", end: str = "19:00:00") -> Any:
        """Make a reservation, some days after tomorrow."""
        day = (self.tomorrow + timedelta(days=days)).isoformat()
        body = {"date": day, "startTime": begin, "endTime": end}
        return await self.request("POST", f"amenities/{amenity}/reservations/", json=body)


@pytest.fixture
def amenities(client: HttpClient) -> AmenitiesClient:
    return AmenitiesClient(client)


async def test_amenities_are_paged(amenities: AmenitiesClient) -> None:
    status, page = await amenities.request("GET", "amenities/?building=501&active=1&limit=2&offset=0")
    assert status == 200
    assert (page["count"], page["previous"], len(page["results"])) == (3, None, 2)
    _, last = await amenities.request("GET", page["next"])
    assert (last["next"], [one["name"] for one in last["results"]]) == (None, ["Guest Room"])
    _, first = await amenities.request("GET", last["previous"])
    assert first == page
    _, unfiltered = await amenities.request("GET", "amenities/?building=501")
    assert unfiltered["count"] == 4, "including inactive ones"
    assert "timezone" not in unfiltered["results"][2]
    assert [type(one["minimumReservationTime"]) for one in unfiltered["results"][:3]] == [int, str, type(None)]


async def test_only_own_buildings_are_visible(amenities: AmenitiesClient) -> None:
    assert (await amenities.request("GET", "amenities/?building=502"))[1]["count"] == 0
    assert (await amenities.request("GET", "amenities/am-401/"))[0] == 404
    amenities.client.sign_in_as("two@example.com")
    assert (await amenities.request("GET", "amenities/am-401/"))[1]["id"] == "am-401"
    assert (await amenities.request("GET", "amenities/reservations/counts/?building=501"))[1] == {
        "past": 0,
        "upcoming": 0,
    }
    assert (await amenities.request("DELETE", "amenities/reservations/9002/"))[0] == 404


async def test_version_and_token_are_checked(amenities: AmenitiesClient) -> None:
    assert (await amenities.client.carson("GET", "amenities/")).status == 404
    amenities.client.token = "forged"
    assert await amenities.request("GET", "amenities/?building=501") == (401, 1200)
    amenities.client.sim.settings.minimum_app_version = "3.0"
    assert await amenities.request("GET", "amenities/?building=501") == (400, 1426)


async def test_me_counts_active_amenities(amenities: AmenitiesClient) -> None:
    me = (await amenities.client.carson("GET", "me/")).json()["data"]
    assert me["properties"][0]["amenitiesData"] == {"amenitiesReservationsAllowed": True, "amenitiesCount": 3}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "amenities/999/", None, 404),
        ("GET", "amenities/999/reserved-dates/", None, 404),
        ("GET", "amenities/999/allowed-hours/", None, 404),
        ("GET", "amenities/301/allowed-hours/", None, 400),
        ("GET", "amenities/301/allowed-hours/?date=soon", None, 400),
        ("GET", "amenities/?building=501&limit=0", None, 400),
        ("GET", "amenities/?building=501&limit=many", None, 400),
        ("POST", "amenities/999/reservations/", {}, 404),
        ("POST", "amenities/301/reservations/", {}, 400),
        ("POST", "amenities/301/reservations/", [], 400),
        ("POST", "amenities/301/reservations/", {"date": "2026-01-01", "startTime": "1", "endTime": 2}, 400),
        ("PUT", "amenities/reservations/", {"amenity_reservations": []}, 400),
        ("PUT", "amenities/reservations/", {"amenity_reservations": [4711]}, 400),
        ("PUT", "amenities/reservations/", {}, 400),
        ("DELETE", "amenities/reservations/4711/", None, 404),
        ("DELETE", "amenities/reservations/9001/", None, 400),
        ("POST", "amenities/reservations/", {}, 405),
        ("DELETE", "amenities/301/", None, 405),
    ],
)
async def test_invalid_requests(amenities: AmenitiesClient, method: str, path: str, body: object, status: int) -> None:
    assert (await amenities.request(method, path, json=body))[0] == status


async def test_additional_fields_are_rejected(amenities: AmenitiesClient) -> None:
    body = {"date": amenities.tomorrow.isoformat(), "startTime": "18:00", "endTime": "19:00", "unit": 1}
    assert await amenities.request("POST", "amenities/301/reservations/", json=body) == (400, 1400)


async def test_reservation_is_made_listed_and_cancelled(amenities: AmenitiesClient) -> None:
    amenities.client.sim.settings.amenities.cancelled = "listed"
    status, reservation = await amenities.book()
    assert status == 201
    assert reservation["status"] == {"status": "approved", "autoApprovedRequest": True}
    assert (reservation["amenity"]["id"], reservation["startTime"], reservation["hasNew"]) == (301, "18:00:00", False)
    _, page = await amenities.request("GET", UPCOMING)
    assert [one["id"] for one in page["results"]] == [9002, reservation["id"], 9003, 9004]
    assert await amenities.request("DELETE", f"amenities/reservations/{reservation['id']}/") == (204, None)
    _, page = await amenities.request("GET", UPCOMING)
    assert [one["status"]["status"] for one in page["results"]] == ["approved", "cancelled", "pending", "denied"]
    amenities.client.sim.settings.amenities.cancelled = "gone"
    assert (await amenities.request("GET", UPCOMING))[1]["count"] == 3
    assert (await amenities.request("DELETE", f"amenities/reservations/{reservation['id']}/"))[0] == 400
    assert (await amenities.request("GET", "amenities/reservations/counts/?building=501"))[1] == {
        "past": 1,
        "upcoming": 4,
    }


@pytest.mark.parametrize(
    ("amenity", "days", "begin", "end", "code"),
    [
        (302, -1, "12:00", "13:00", 1501),
        (301, 14, "12:00", "13:00", 1501),
        (302, 19, "12:00", "13:00", 1501),
        (301, 0, "05:00", "06:00", 1503),
        (301, 0, "12:00", "12:30", 1503),
        (301, 0, "12:00", "15:00", 1503),
        (301, 0, "13:00", "12:00", 1503),
        (302, 2, "20:00", "22:00", 1502),
    ],
)
async def test_rules_of_an_amenity(
    amenities: AmenitiesClient, amenity: int, days: int, begin: str, end: str, code: int
) -> None:
    assert await amenities.book(amenity, days, begin, end) == (400, code)
    assert amenities.client.sim.reservations.bookings.total() == 0


async def test_simultaneous_reservations(amenities: AmenitiesClient) -> None:
    responses = [(await amenities.book(days=2))[0] for _ in range(6)]
    assert responses == [201] * 5 + [400], "a resident may have six; the gym has room for eight"
    amenities.client.sim.state.amenities[0].simultaneous = 5
    amenities.client.sign_in_as("federated@example.com")
    assert await amenities.book(days=2) == (400, 1502)
    amenities.client.sim.state.amenities[0].simultaneous = None
    assert (await amenities.book(days=2))[0] == 201
    assert len(amenities.client.sim.reservations.double_bookings()) == 4


@pytest.mark.parametrize(("limit", "remaining"), [("limit_per_week", 1), ("limit_per_month", 2)])
async def test_quotas(amenities: AmenitiesClient, limit: str, remaining: int) -> None:
    room = amenities.client.sim.state.amenities[2]
    room.limit_per_month = None
    setattr(room, limit, 1)
    assert (await amenities.book(303, 3))[0] == 201
    assert await amenities.book(303, 3, "20:00", "21:00") == (400, 1504)
    assert (await amenities.book(303, 50))[0] == 201
    amenity = (await amenities.request("GET", "amenities/303/"))[1]
    assert amenity["reservationsCountPerWeek" if remaining == 1 else "reservationsCountPerMonth"] == 1


async def test_free_hours(amenities: AmenitiesClient) -> None:
    path = f"amenities/302/allowed-hours/?date={amenities.tomorrow}"
    _, hours = await amenities.request("GET", path)
    assert hours[0] == {"startTime": "10:00:00", "endTime": "11:00:00"}
    assert len(hours) == 13
    assert len((await amenities.request("GET", f"{path}&start_time=20:00:00"))[1]) == 3
    amenities.client.sim.settings.amenities.hours_in_object = True
    assert (await amenities.request("GET", path))[1]["hours"] == hours
    deck = amenities.client.sim.state.amenities[1]
    amenities.client.sim.state.reservations.append(
        Reservation(id=1, amenity="302", account=1002, day=amenities.tomorrow, begin=deck.opens, end=deck.closes)
    )
    assert await amenities.request("GET", path) == (400, 1502), "full"
    _, dates = await amenities.request("GET", "amenities/302/reserved-dates/")
    assert dates["hasAvailableDates"]
    assert amenities.tomorrow.isoformat() in dates["reservedDates"]


async def test_past_hours_are_not_available(amenities: AmenitiesClient) -> None:
    now = amenities.client.sim.clock.now().astimezone(NEW_YORK)
    wait = (now.replace(hour=23, minute=30, second=0, microsecond=0) - now).total_seconds() % 86_400
    amenities.client.sim.clock.advance(wait)
    today = amenities.client.sim.clock.now().astimezone(NEW_YORK).date()
    assert await amenities.request("GET", f"amenities/301/allowed-hours/?date={today}") == (400, 1502)
    body = {"date": today.isoformat(), "startTime": "22:00", "endTime": "23:00"}
    assert await amenities.request("POST", "amenities/301/reservations/", json=body) == (400, 1503)


async def test_decision_is_an_unseen_update(amenities: AmenitiesClient) -> None:
    client = amenities.client
    async with client.session.post(
        f"{client.sim.url}/_control/reservations/decide", json={"reservation": 9003, "state": "approved"}
    ) as response:
        assert response.status == 200
    async with client.session.post(
        f"{client.sim.url}/_control/reservations/decide", json={"reservation": 4711, "state": "approved"}
    ) as response:
        assert response.status == 400
    row = (await amenities.request("GET", UPCOMING))[1]["results"][1]
    assert (row["status"]["status"], row["hasNew"]) == ("approved", True)
    assert await amenities.request("PUT", "amenities/reservations/", json={"amenity_reservations": [9003]}) == (
        200,
        None,
    )
    rows = (await amenities.request("GET", UPCOMING))[1]["results"]
    assert [one["hasNew"] for one in rows] == [False, False, True]


# Row 17
async def test_lost_response_after_booking(amenities: AmenitiesClient) -> None:
    amenities.client.sim.faults.add("book", "reset", when="after", times=1)
    with pytest.raises(aiohttp.ClientError):
        await amenities.book()
    assert amenities.client.sim.reservations.bookings.total() == 1
    amenities.client.sim.faults.add("book", "unauthorized", when="after", times=1)
    assert await amenities.book() == (401, 1200)
    async with amenities.client.session.get(f"{amenities.client.sim.url}/_control/counters") as response:
        counters = await response.json()
    assert list(counters["bookings"].values()) == [2]
    assert counters["double_bookings"] == 1
    async with amenities.client.session.get(f"{amenities.client.sim.url}/_control/state") as response:
        assert len((await response.json())["reservations"]) == 6
    async with amenities.client.session.post(f"{amenities.client.sim.url}/_control/reset") as response:
        assert response.status == 200
    assert amenities.client.sim.reservations.bookings.total() == 0
    assert (await amenities.request("GET", UPCOMING))[1]["count"] == 3


async def test_reservations_of_a_removed_amenity(amenities: AmenitiesClient) -> None:
    amenities.client.sim.state.amenities.pop(0)
    assert (await amenities.request("GET", UPCOMING))[1]["count"] == 2
    orphan = Reservation(id=1, amenity="301", account=1001, day=date(2090, 1, 1), begin=time(8), end=time(9))
    assert amenities.client.sim.reservations.is_over(orphan)


async def test_simultaneous_requests_make_one_reservation(amenities: AmenitiesClient) -> None:
    responses = await asyncio.gather(*(amenities.book(302, 9) for _ in range(5)))
    assert sorted(status for status, _ in responses) == [201, 400, 400, 400, 400]


def test_unknown_operations() -> None:
    assert find_operation("PATCH", "amenities/") is None
    assert find_operation("GET", "amenities/301/pictures/") is None
