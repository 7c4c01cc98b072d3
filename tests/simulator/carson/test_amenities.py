"""Amenities and reservations of the simulated Carson (Protocol A.7, C rows 16 and 17)."""

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


class Desk:
    """Asks as the app does."""

    def __init__(self, client: HttpClient) -> None:
        self.client = client
        self.tomorrow = client.sim.clock.now().astimezone(NEW_YORK).date() + timedelta(days=1)

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        url = path if path.startswith("http") else f"{self.client.sim.api_url}/v2.0.0/{path}"
        headers = {"Authorization": f"JWT {self.client.token}"}
        async with self.client.session.request(method, url, headers=headers, **more) as response:
            body = await response.read()
            if not body:
                return response.status, None
            envelope = await response.json()
            assert set(envelope) == {"code", "status", "data", "msg"}
            assert (envelope["code"] == 0) == (response.status < 300)
            return response.status, envelope["data"] if response.status < 300 else envelope["code"]

    async def book(self, amenity: object = 301, days: int = 0, begin: str = "18:00:00", end: str = "19:00:00") -> Any:
        day = (self.tomorrow + timedelta(days=days)).isoformat()
        body = {"date": day, "startTime": begin, "endTime": end}
        return await self.ask("POST", f"amenities/{amenity}/reservations/", json=body)


@pytest.fixture
def desk(client: HttpClient) -> Desk:
    return Desk(client)


async def test_catalogue_in_pages(desk: Desk) -> None:
    status, page = await desk.ask("GET", "amenities/?building=501&active=1&limit=2&offset=0")
    assert status == 200
    assert (page["count"], page["previous"], len(page["results"])) == (3, None, 2)
    _, rest = await desk.ask("GET", page["next"])
    assert (rest["next"], [one["name"] for one in rest["results"]]) == (None, ["Guest Room"])
    _, first = await desk.ask("GET", rest["previous"])
    assert first == page
    _, every = await desk.ask("GET", "amenities/?building=501")
    assert every["count"] == 4, "also what is not active"
    assert "timezone" not in every["results"][2]
    assert [type(one["minimumReservationTime"]) for one in every["results"][:3]] == [int, str, type(None)]


async def test_only_ones_own_buildings(desk: Desk) -> None:
    assert (await desk.ask("GET", "amenities/?building=502"))[1]["count"] == 0
    assert (await desk.ask("GET", "amenities/am-401/"))[0] == 404
    desk.client.sign_in_as("two@example.com")
    assert (await desk.ask("GET", "amenities/am-401/"))[1]["id"] == "am-401"
    assert (await desk.ask("GET", "amenities/reservations/counts/?building=501"))[1] == {"past": 0, "upcoming": 0}
    assert (await desk.ask("DELETE", "amenities/reservations/9002/"))[0] == 404


async def test_version_and_token(desk: Desk) -> None:
    assert (await desk.client.carson("GET", "amenities/")).status == 404
    desk.client.token = "forged"
    assert await desk.ask("GET", "amenities/?building=501") == (401, 1200)
    desk.client.sim.settings.minimum_app_version = "3.0"
    assert await desk.ask("GET", "amenities/?building=501") == (400, 1426)


async def test_me_counts_what_is_active(desk: Desk) -> None:
    me = (await desk.client.carson("GET", "me/")).json()["data"]
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
async def test_bad_requests(desk: Desk, method: str, path: str, body: object, status: int) -> None:
    assert (await desk.ask(method, path, json=body))[0] == status


async def test_more_than_the_three_fields_is_refused(desk: Desk) -> None:
    body = {"date": desk.tomorrow.isoformat(), "startTime": "18:00", "endTime": "19:00", "unit": 1}
    assert await desk.ask("POST", "amenities/301/reservations/", json=body) == (400, 1400)


async def test_a_reservation_from_beginning_to_end(desk: Desk) -> None:
    status, made = await desk.book()
    assert status == 201
    assert made["status"] == {"status": "approved", "autoApprovedRequest": True}
    assert (made["amenity"]["id"], made["startTime"], made["hasNew"]) == (301, "18:00:00", False)
    _, page = await desk.ask("GET", UPCOMING)
    assert [one["id"] for one in page["results"]] == [9002, made["id"], 9003, 9004]
    assert await desk.ask("DELETE", f"amenities/reservations/{made['id']}/") == (204, None)
    _, page = await desk.ask("GET", UPCOMING)
    assert [one["status"]["status"] for one in page["results"]] == ["approved", "cancelled", "pending", "denied"]
    desk.client.sim.settings.amenities.cancelled = "gone"
    assert (await desk.ask("GET", UPCOMING))[1]["count"] == 3
    assert (await desk.ask("DELETE", f"amenities/reservations/{made['id']}/"))[0] == 400
    assert (await desk.ask("GET", "amenities/reservations/counts/?building=501"))[1] == {"past": 1, "upcoming": 4}


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
async def test_rules(desk: Desk, amenity: int, days: int, begin: str, end: str, code: int) -> None:
    assert await desk.book(amenity, days, begin, end) == (400, code)
    assert desk.client.sim.reservations.bookings.total() == 0


async def test_simultaneous_reservations(desk: Desk) -> None:
    responses = [(await desk.book(days=2))[0] for _ in range(6)]
    assert responses == [201] * 5 + [400], "the quota of six; the gym itself has room for eight"
    desk.client.sim.state.amenities[0].simultaneous = 5
    desk.client.sign_in_as("federated@example.com")
    assert await desk.book(days=2) == (400, 1502)
    desk.client.sim.state.amenities[0].simultaneous = None
    assert (await desk.book(days=2))[0] == 201
    assert len(desk.client.sim.reservations.double_bookings()) == 4


@pytest.mark.parametrize(("limit", "left"), [("limit_per_week", 1), ("limit_per_month", 2)])
async def test_quotas(desk: Desk, limit: str, left: int) -> None:
    room = desk.client.sim.state.amenities[2]
    room.limit_per_month = None
    setattr(room, limit, 1)
    assert (await desk.book(303, 3))[0] == 201
    assert await desk.book(303, 3, "20:00", "21:00") == (400, 1504)
    assert (await desk.book(303, 50))[0] == 201
    amenity = (await desk.ask("GET", "amenities/303/"))[1]
    assert amenity["reservationsCountPerWeek" if left == 1 else "reservationsCountPerMonth"] == 1


async def test_free_hours(desk: Desk) -> None:
    path = f"amenities/302/allowed-hours/?date={desk.tomorrow}"
    _, hours = await desk.ask("GET", path)
    assert hours[0] == {"startTime": "10:00:00", "endTime": "11:00:00"}
    assert len(hours) == 13
    assert len((await desk.ask("GET", f"{path}&start_time=20:00:00"))[1]) == 3
    desk.client.sim.settings.amenities.hours_in_object = True
    assert (await desk.ask("GET", path))[1]["hours"] == hours
    everything = {"begin": desk.client.sim.state.amenities[1].opens, "end": desk.client.sim.state.amenities[1].closes}
    desk.client.sim.state.reservations.append(
        Reservation(id=1, amenity="302", account=1002, day=desk.tomorrow, **everything)
    )
    assert await desk.ask("GET", path) == (400, 1502), "full"
    _, dates = await desk.ask("GET", "amenities/302/reserved-dates/")
    assert dates["hasAvailableDates"]
    assert desk.tomorrow.isoformat() in dates["reservedDates"]


async def test_hours_that_have_passed(desk: Desk) -> None:
    now = desk.client.sim.clock.now().astimezone(NEW_YORK)
    wait = (now.replace(hour=23, minute=30, second=0, microsecond=0) - now).total_seconds() % 86_400
    desk.client.sim.clock.advance(wait)
    today = desk.client.sim.clock.now().astimezone(NEW_YORK).date()
    assert await desk.ask("GET", f"amenities/301/allowed-hours/?date={today}") == (400, 1502)
    body = {"date": today.isoformat(), "startTime": "22:00", "endTime": "23:00"}
    assert await desk.ask("POST", "amenities/301/reservations/", json=body) == (400, 1503)


async def test_decision_and_its_news(desk: Desk) -> None:
    client = desk.client
    async with client.session.post(
        f"{client.sim.url}/_control/reservations/decide", json={"reservation": 9003, "state": "approved"}
    ) as response:
        assert response.status == 200
    async with client.session.post(
        f"{client.sim.url}/_control/reservations/decide", json={"reservation": 4711, "state": "approved"}
    ) as response:
        assert response.status == 400
    row = (await desk.ask("GET", UPCOMING))[1]["results"][1]
    assert (row["status"]["status"], row["hasNew"]) == ("approved", True)
    assert await desk.ask("PUT", "amenities/reservations/", json={"amenity_reservations": [9003]}) == (200, None)
    rows = (await desk.ask("GET", UPCOMING))[1]["results"]
    assert [one["hasNew"] for one in rows] == [False, False, True]


# Row 17
async def test_answer_lost_after_the_booking(desk: Desk) -> None:
    desk.client.sim.faults.add("book", "reset", when="after", times=1)
    with pytest.raises(aiohttp.ClientError):
        await desk.book()
    assert desk.client.sim.reservations.bookings.total() == 1
    desk.client.sim.faults.add("book", "unauthorized", when="after", times=1)
    assert await desk.book() == (401, 1200)
    async with desk.client.session.get(f"{desk.client.sim.url}/_control/counters") as response:
        counters = await response.json()
    assert list(counters["bookings"].values()) == [2]
    assert counters["double_bookings"] == 1
    async with desk.client.session.get(f"{desk.client.sim.url}/_control/state") as response:
        assert len((await response.json())["reservations"]) == 6
    async with desk.client.session.post(f"{desk.client.sim.url}/_control/reset") as response:
        assert response.status == 200
    assert desk.client.sim.reservations.bookings.total() == 0
    assert (await desk.ask("GET", UPCOMING))[1]["count"] == 3


async def test_amenity_that_is_gone(desk: Desk) -> None:
    desk.client.sim.state.amenities.pop(0)
    assert (await desk.ask("GET", UPCOMING))[1]["count"] == 2
    orphan = Reservation(id=1, amenity="301", account=1001, day=date(2090, 1, 1), begin=time(8), end=time(9))
    assert desk.client.sim.reservations.is_over(orphan)


async def test_many_at_once(desk: Desk) -> None:
    responses = await asyncio.gather(*(desk.book(302, 9) for _ in range(5)))
    assert sorted(status for status, _ in responses) == [201, 400, 400, 400, 400]


def test_paths_that_nothing_answers() -> None:
    assert find_operation("PATCH", "amenities/") is None
    assert find_operation("GET", "amenities/301/pictures/") is None
