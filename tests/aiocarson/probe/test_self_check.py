"""The self-check: what it asks, what it reports, and what it never reports."""

from dataclasses import replace
import json
from typing import Any

from aiocarson import Carson
from aiocarson.probe.beliefs import AS_BELIEVED, BELIEFS, DIFFERENT, NOT_SEEN, compare
from aiocarson.probe.check import SelfCheckOptions
from aiocarson.probe.sending import MAX_REQUESTS
import pytest

from simulator import Simulator
from simulator.state.model import ABSENT
from tests.fuzz.worlds import check_report, secrets_of

from ..conftest import EMAIL, PASSWORD, MakeCarson, Pauses

EVERYTHING = SelfCheckOptions(live=True, recorded=True, v3=True, secrets=(EMAIL, PASSWORD))
# What is only asked on request.
OPTIONAL = {
    "eagle_eye.live_video",
    "eagle_eye.live_is_h264",
    "eagle_eye.live_has_no_sound",
    "eagle_eye.recorded_flv",
    "eagle_eye.no_later_api",
}


@pytest.fixture(autouse=True)
def quick_cameras(sim: Simulator) -> None:
    sim.live.max_seconds = 0.5
    for device in sim.state.devices:
        device.preview_interval_ms = 50


def verdicts(report: dict[str, Any], verdict: str) -> set[str]:
    return {name for name, found in report["beliefs"].items() if found == verdict}


def step(report: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [row for row in report["steps"] if row["step"] == name]
    return dict(found)


async def test_everything_is_as_believed(sim: Simulator, carson: Carson, pauses: Pauses) -> None:
    """A resident's clouds as we know them. Nothing is changed, and no door is opened."""
    seen: list[str] = []
    report = await carson.self_check(SelfCheckOptions(on_step=seen.append))
    assert report["complete"]
    assert verdicts(report, DIFFERENT) == set()
    assert verdicts(report, NOT_SEEN) == OPTIONAL
    assert seen == [row["step"] for row in report["steps"]]
    assert report["requests"] == len(seen) <= MAX_REQUESTS
    assert pauses.taken == [2.0, 12.0]
    operations = {operation for _, operation in sim.counters.requests}
    assert operations <= {
        *("login", "me", "session", "isauth", "device_list", "device", "image", "list_images", "list_videos"),
        *("subscribe", "poll", "listen"),
    }
    assert not sim.openings


async def test_everything_that_can_be_asked(sim: Simulator, carson: Carson) -> None:
    sim.settings.recordings.start = "seek"
    sim.live.max_seconds = 3.0
    now = sim.clock.time()
    sim.state.cameras["1000a001"].recordings = [(now - 600, now - 300)]
    report = await carson.self_check(EVERYTHING)
    assert verdicts(report, DIFFERENT) | verdicts(report, NOT_SEEN) == set()
    facts = report["facts"]
    assert facts["live.video_codec"] == 7
    assert facts["live.audio_codec"] is None
    assert facts["live.metadata"][:3] == ["canSeekToEnd", "duration", "filesize"]
    assert facts["live.key_frame_ms"] > 0
    assert facts["still.size"] == "320x240"
    assert facts["session.key_form"] == "cNNN~32"
    assert facts["session.same_key"] is False
    assert facts["me.door_flags"]["isActive available staffOnly"] == 1
    assert facts["devices.row_lengths"] == {"26": 2, "27": 2, "28": 8, "29": 1}
    assert facts["devices.service_words"]["ATTD"] > 1
    assert facts["v3.status"] == 404
    assert report["requests"] <= MAX_REQUESTS


@pytest.mark.parametrize("email", ["resident@example.com", "two@example.com"])
async def test_report_identifies_nobody(sim: Simulator, make_carson: MakeCarson, email: str) -> None:
    account = sim.state.accounts[email]
    carson = make_carson(email=email, password=account.password)
    report = await carson.self_check(replace(EVERYTHING, secrets=(email, account.password)))
    texts = {email, account.first_name or "", account.last_name or "", str(account.id), *secrets_of(sim)}
    check_report(report, {text for text in texts if text})
    assert carson.token is not None
    assert carson.token not in json.dumps(report)
    assert json.loads(json.dumps(report)) == report


@pytest.mark.parametrize(
    ("operation", "fault", "belief"),
    [
        ("me", {"kind": "status", "status": 410}, "carson.api_version"),
        ("me", {"kind": "missing_key", "key": "status"}, "carson.envelope"),
        ("me", {"kind": "code", "code": 77}, "carson.success_code"),
        ("session", {"kind": "status", "status": 500}, "carson.session_works"),
        ("isauth", {"kind": "status", "status": 403}, "eagle_eye.key_is_accepted"),
        ("device_list", {"kind": "status", "status": 403}, "eagle_eye.device_list"),
        ("device_list", {"kind": "junk_rows"}, "eagle_eye.device_rows_readable"),
        ("device", {"kind": "status", "status": 404}, "eagle_eye.single_device"),
        ("image", {"kind": "status", "status": 403}, "eagle_eye.still"),
        ("list_images", {"kind": "status", "status": 410}, "eagle_eye.image_list"),
        ("list_videos", {"kind": "status", "status": 404}, "eagle_eye.video_list"),
        ("subscribe", {"kind": "status", "status": 405}, "eagle_eye.event_poll"),
        ("poll", {"kind": "status", "status": 502}, "eagle_eye.poll_is_held"),
        ("listen", {"kind": "status", "status": 403}, "eagle_eye.websocket"),
        ("live", {"kind": "status", "status": 403}, "eagle_eye.live_video"),
        ("live", {"kind": "audio_mp3"}, "eagle_eye.live_has_no_sound"),
    ],
)
async def test_what_is_different_is_told(
    sim: Simulator, carson: Carson, operation: str, fault: dict[str, Any], belief: str
) -> None:
    sim.faults.add(operation, **fault)
    report = await carson.self_check(EVERYTHING)
    assert belief in verdicts(report, DIFFERENT)


@pytest.mark.parametrize(
    ("setting", "value", "fact", "found"),
    [
        ("key_form", "jwt", "session.key_form", "jwt"),
        ("key_form", "hex", "session.key_form", "hex64"),
        ("subdomain_form", "host", "session.subdomain_form", "known_host"),
        ("subdomain_form", "url", "session.subdomain_form", "url"),
        ("subdomain_form", "dotted", "session.subdomain_form", "dotted"),
        ("answer", "null", "session.key_form", "null"),
        ("answer", "v3", "session.key_form", "null"),
    ],
)
async def test_session_of_another_form(
    sim: Simulator, carson: Carson, setting: str, value: str, fact: str, found: str
) -> None:
    setattr(sim.settings.sessions, setting, value)
    report = await carson.self_check()
    assert report["facts"][fact] == found
    assert verdicts(report, DIFFERENT)
    # A JWT may be a key of Eagle Eye's later API: that is asked once.
    assert (report["facts"].get("v3.status") is not None) == (value == "jwt")


async def test_fields_of_another_session(sim: Simulator, carson: Carson) -> None:
    sim.settings.sessions.answer = "v3"
    report = await carson.self_check()
    fields = report["facts"]["session.shape"]["fields"]
    assert set(fields) == {"accessToken", "httpsBaseUrl"}
    assert set(fields["httpsBaseUrl"]["fields"]) == {"hostname", "port"}


async def test_answer_that_is_not_understood_is_quoted(sim: Simulator, carson: Carson) -> None:
    """Cleaned, and only its beginning."""
    body = f"<html><h1>Access denied</h1>for Robin of {EMAIL} (1000a001, c000~{'a' * 32}) {'very ' * 100}</html>"
    sim.faults.add("device_list", "status", status=403, body=body, content_type="text/html")
    excerpt = step(await carson.self_check(), "devices")["excerpt"]
    assert excerpt.startswith("Access denied for … of … (…, …~…) very very")
    assert len(excerpt) <= 200


async def test_redirects_are_followed_and_counted(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("image", "redirect", times=1)
    report = await carson.self_check()
    still = step(report, "still")
    assert still["redirects"] == 1
    assert still["verdict"] == "ok"
    assert report["requests"] == len(report["steps"]) + 1


async def test_redirect_to_somebody_else_is_not_followed(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("image", "redirect", location="https://example.org/")
    found = step(await carson.self_check(), "still")
    assert found["verdict"] == "refused"
    assert found["error"] == "RedirectNotAllowed"


async def test_no_more_requests_than_promised(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("image", "redirect", location="image.jpeg")
    report = await carson.self_check(EVERYTHING)
    assert report["requests"] <= MAX_REQUESTS


@pytest.mark.parametrize("operation", ["me", "session", "device_list", "image", "poll", "live"])
async def test_silence_ends(sim: Simulator, carson: Carson, operation: str) -> None:
    await carson.get_account()
    sim.faults.add(operation, "silence")
    options = SelfCheckOptions(live=True, request_seconds=0.2, seconds=20)
    report = await carson.self_check(options)
    assert any(row.get("verdict") in {"no_answer", "refused"} for row in report["steps"])


async def test_check_ends_in_time(sim: Simulator, carson: Carson) -> None:
    """What was found until then is reported."""
    await carson.get_account()
    sim.faults.add("isauth", "silence")
    report = await carson.self_check(SelfCheckOptions(seconds=2))
    assert not report["complete"]
    assert report["facts"]["me.status"] == 200
    assert report["beliefs"]["eagle_eye.device_list"] == NOT_SEEN


async def test_account_that_cannot_sign_in(sim: Simulator, make_carson: MakeCarson) -> None:
    report = await make_carson(email=EMAIL, password="wrong").self_check()
    assert [row["verdict"] for row in report["steps"]] == ["refused"]
    sim.faults.add("login", "status", status=503)
    report = await make_carson(email=EMAIL, password=PASSWORD).self_check()
    assert [row["verdict"] for row in report["steps"]] == ["no_answer"]


async def test_token_that_says_nothing(sim: Simulator, make_carson: MakeCarson) -> None:
    report = await make_carson(token="opaque").self_check()
    assert report["facts"]["token.form"] == "str(6)"
    assert report["beliefs"]["carson.token_is_jwt"] == DIFFERENT


async def test_account_without_cameras(sim: Simulator, make_carson: MakeCarson) -> None:
    report = await make_carson(email="noeye@example.com", password="no cameras").self_check()
    assert [row["step"] for row in report["steps"]] == ["me"]
    assert report["facts"]["me.buildings_with_eagle_eye"] == 0


async def test_cameras_that_eagle_eye_does_not_list(sim: Simulator, carson: Carson) -> None:
    """The first camera that Carson lists is asked for then."""
    sim.faults.add("device_list", "empty_lists")
    report = await carson.self_check()
    assert report["facts"]["devices.of_those_found"] == 0
    assert report["beliefs"]["eagle_eye.knows_carsons_cameras"] == DIFFERENT
    assert report["beliefs"]["eagle_eye.still"] == AS_BELIEVED


async def test_account_that_cannot_be_read(sim: Simulator, carson: Carson) -> None:
    sim.state.accounts[EMAIL].overrides["id"] = ABSENT
    report = await carson.self_check()
    assert report["facts"]["me.is_readable"] is False
    assert report["beliefs"]["carson.account_is_readable"] == NOT_SEEN


async def test_account_of_another_form(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("me", "status", status=200, body='{"code": "x", "data": [1]}', content_type="application/json")
    report = await carson.self_check()
    assert report["facts"]["me.data"] == "list"
    assert report["facts"]["me.code"] == "str(1)"


async def test_poll_without_usable_token(sim: Simulator, carson: Carson) -> None:
    body = '{"cameras": {}, "token": "; ;"}'
    sim.faults.add("subscribe", "status", status=200, body=body, content_type="application/json")
    report = await carson.self_check()
    assert report["facts"]["poll.fields"] == ["cameras", "token"]
    assert report["beliefs"]["eagle_eye.poll_is_held"] == NOT_SEEN


async def test_live_view_that_is_no_video(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("live", "ok_html")
    found = step(await carson.self_check(EVERYTHING), "live")
    assert found["verdict"] == "unreadable"


def test_each_belief_has_a_name_of_its_own() -> None:
    names = [belief.name for belief in BELIEFS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("value", [0, "x", [], {}, [[]], {"a": 1}, True, -1.5])
def test_facts_of_any_form_can_be_compared(value: object) -> None:
    found = compare({belief.fact: value for belief in BELIEFS})
    assert set(found.values()) <= {AS_BELIEVED, DIFFERENT}
