"""Parsing of the responses to event polls (Protocol B.3, B.9, B.11)."""

from datetime import UTC, datetime, timedelta
import logging
from typing import Any

from aiocarson import CameraEvent, CameraState, EventKind, InvalidResponseError
from aiocarson.eagle_eye.events import MAX_EVENTS, EventCode, parse_events
from aiocarson.eagle_eye.models import DeviceStatus
from hypothesis import given, strategies as st
import pytest

from simulator import Status

from ..conftest import LOBBY

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
MOTION = {"timestamp": "20261120120001.500", "cameraid": LOBBY, "eventid": 7}


def of(**values: object) -> dict[str, Any]:
    """Return a response about one camera."""
    return {"cameras": {LOBBY: values}}


def each(name: str, *values: object) -> list[dict[str, object]]:
    """Return what a response may say about a camera, once with each value."""
    return [{name: value} for value in values]


class TestParser:
    """Valid and invalid responses."""

    def test_complete_response(self) -> None:
        answer = of(
            status=Status.ONLINE,
            pre="20261120120002.250",
            thumb="20261120120003.000",
            video=["20261120120001.000", "20261120120004.000"],
            event={"EMES": MOTION},
        )
        status, *others = parse_events(answer | {"token": "x"})
        assert status == CameraEvent(
            camera_id=LOBBY,
            kind=EventKind.STATUS,
            status=DeviceStatus(value=Status.ONLINE),
            raw={"status": Status.ONLINE},
        )
        assert [(one.kind, one.at, one.code) for one in others] == [
            (EventKind.PREVIEW, START + timedelta(seconds=2.25), None),
            (EventKind.THUMBNAIL, START + timedelta(seconds=3), None),
            (EventKind.VIDEO, START + timedelta(seconds=4), None),
            (EventKind.EVENT, START + timedelta(seconds=1.5), "EMES"),
        ]
        assert others[2].raw == {"video": ["20261120120001.000", "20261120120004.000"]}
        assert others[3].raw == MOTION
        assert others[3].event is EventCode.MOTION_STARTED
        assert all(one.at is not None and one.at.tzinfo is UTC for one in others)

    def test_events_are_hashable_and_hide_raw_data(self) -> None:
        found = parse_events(of(event={"EMES": {**MOTION, "note": "pl4nted"}}))
        assert "pl4nted" not in repr(found)
        assert len({*found, *parse_events(of(event={"EMES": MOTION}))}) == 2

    @pytest.mark.parametrize("body", [None, [], "text", 5, True, [of(status=1)]])
    def test_response_that_is_not_an_object_is_an_error(self, body: object) -> None:
        with pytest.raises(InvalidResponseError, match="not an object"):
            parse_events(body)

    @pytest.mark.parametrize("body", [{}, {"cameras": {}}, {"cameras": None}, {"token": "x"}, of(), of(unheard=[1])])
    def test_response_without_events(self, body: object, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        assert parse_events(body) == ()
        assert caplog.text == "", "nothing of it is broken"

    @pytest.mark.parametrize("cameras", [[], "pl4nted", 5, [LOBBY]])
    def test_invalid_cameras_are_ignored(self, cameras: object, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        assert parse_events({"cameras": cameras}) == ()
        assert caplog.text.count("Ignoring") == 1
        assert "pl4nted" not in caplog.text

    @pytest.mark.parametrize(
        "values",
        [
            *each("status", "pl4nted", None, -1, 2**32, True, [], {}, 0.5),
            *each("pre", "pl4nted", None, 20261120120002, "20261320120002.000", [], {}),
            {"thumb": "unknown"},
            *each("video", "20261120120002.000", None, [], {}, [None, "pl4nted"], [[], {}]),
            *each("event", "pl4nted", None, ["EMES"], {"EMES": "pl4nted"}, {"EMES": None}),
            *({"event": {code: MOTION}} for code in ("", "emes", "EME", "EMES2", "EM S", "EMÉS", "٣EME", "pl4nted\n")),
        ],
    )
    def test_invalid_values_are_ignored_and_the_rest_is_kept(
        self, values: dict[str, Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        (name,) = values
        whole = {
            "status": Status.ONLINE,
            "pre": "20261120120002.250",
            "thumb": "20261120120003.000",
            "video": ["20261120120001.000", None],
            "event": {"EMES": MOTION},
        }
        expected = [one for one in parse_events(of(**whole)) if name not in {*one.raw, one.kind}]
        assert len(expected) == 4
        assert list(parse_events(of(**{**whole, **values}))) == expected
        assert caplog.text.count("Ignoring") == 1
        assert "pl4nted" not in caplog.text

    @pytest.mark.parametrize("key", ["", " ", "pl4nted\n", "\ud800", "x" * 65])
    def test_camera_without_id_does_not_affect_others(self, key: str, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        found = parse_events({"cameras": {key: {"status": 1}, "1000a003": ["pl4nted"], LOBBY: {"status": 2}}})
        assert [one.camera_id for one in found] == [LOBBY]
        assert "camera number 0" in caplog.text
        assert "camera number 1: a list" in caplog.text
        assert "pl4nted" not in caplog.text

    def test_valid_event_beside_invalid_ones(self) -> None:
        found = parse_events(of(event={"emes": MOTION, "EMES": MOTION, "EMEE": 5, "X9ZZ": MOTION}))
        assert [(one.code, one.event) for one in found] == [("EMES", EventCode.MOTION_STARTED), ("X9ZZ", None)]

    def test_event_without_time(self) -> None:
        (found,) = parse_events(of(event={"RCOF": {"timestamp": "unknown"}}))
        assert (found.event, found.at) == (EventCode.OFFLINE, None)

    def test_events_are_in_order_of_time(self) -> None:
        def at(second: int) -> dict[str, str]:
            return {"timestamp": f"202611201200{second:02}.000"}

        found = parse_events(of(event={"RCOF": {}, "EMEE": at(9), "EMEU": at(5), "ROMS": at(1), "EMES": at(1)}))
        assert [one.code for one in found] == ["ROMS", "EMES", "EMEU", "EMEE", "RCOF"]

    @pytest.mark.parametrize("video", [["20261120120001.000", None], ["20261120120001.000"], [None, "20261120120001"]])
    def test_recording_in_progress(self, video: list[Any]) -> None:
        (found,) = parse_events(of(video=video))
        assert found.at == START + timedelta(seconds=1)

    def test_status_as_text(self) -> None:
        (found,) = parse_events(of(status="1441831"))
        assert found.status is not None
        assert (found.status.value, found.status.state) == (1441831, CameraState.ONLINE)

    def test_number_of_events_is_limited(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        cameras = {f"{number:08x}": {"status": 1, "pre": "20261120120002.250"} for number in range(MAX_EVENTS)}
        assert MAX_EVENTS == 10_000
        assert len(parse_events({"cameras": cameras})) == MAX_EVENTS
        assert caplog.text.count("Ignoring") == 1

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(st.sampled_from(["status", "pre", "thumb", "video", "event", "EMES"]), inner)
                | st.dictionaries(st.just("cameras") | st.just(LOBBY), inner)
            ),
        )
    )
    def test_only_the_documented_error_is_raised(self, body: object) -> None:
        try:
            parse_events(body)
        except InvalidResponseError:
            assert not isinstance(body, dict)

    def test_every_event_code_is_documented(self) -> None:
        assert EventCode.__doc__ is not None
        assert all(f"`{event.name}`" in EventCode.__doc__ for event in EventCode)
        assert {event.value for event in EventCode} >= {
            *("EMES", "EMEU", "EMEE", "ROMS", "ROMU", "ROME", "CONN", "COFF", "RCON", "RCOF", "VRES", "VREE"),
        }
