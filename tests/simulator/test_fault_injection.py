"""Tests of fault injection: which requests a rule applies to (Protocol C row 7)."""

import time

import pytest

from simulator.fault_injection import Faults, Target
from simulator.faults import KINDS
from tests.support.http_client import LOBBY, HttpClient


async def test_delays_add_up_and_keep_the_response(client: HttpClient) -> None:
    client.sim.faults.add("me", "delay", seconds=0.05)
    client.sim.faults.add("me", "delay", seconds=0.05, when="after", times=1)
    client.sim.faults.add("me", "status", status=503, times=1, skip=1)
    begin = time.monotonic()
    assert (await client.carson("GET", "me/")).status == 200
    assert time.monotonic() - begin >= 0.1
    assert (await client.carson("GET", "me/")).status == 503


async def test_minimum_duration_of_every_request(client: HttpClient) -> None:
    client.sim.settings.delay = 0.05
    begin = time.monotonic()
    await client.carson("GET", "me/")
    await client.still()
    assert time.monotonic() - begin >= 0.1


async def test_rule_applies_only_to_its_target(client: HttpClient) -> None:
    client.sim.faults.add("image", "status:503", camera=LOBBY)
    client.sim.faults.add("open_door", "status:503", door=7002)
    client.sim.faults.add("*", "status:504", cloud="eagle_eye", building="502")

    assert (await client.still(camera=LOBBY)).status == 503
    assert (await client.still(camera="1000a002")).status == 200
    assert (await client.carson("POST", "doors/7002/open/")).status == 503
    assert (await client.carson("POST", "doors/7001/open/")).status == 200
    assert client.sim.openings == {"7001": 1}


async def test_rule_for_a_building_applies_to_eagle_eye_even_with_an_invalid_key(
    client: HttpClient,
) -> None:
    rule = client.sim.faults.add("*", "status:504", cloud="eagle_eye", building="501")
    assert (await client.eagle_eye("g/device/list")).status == 504
    client.sim.sessions.revoke(building_id="501")
    assert (await client.eagle_eye("g/device/list")).status == 504
    client.key = "none"
    assert (await client.still()).status == 504
    assert rule.hits == 3
    client.sim.faults.remove(rule)
    client.sim.faults.remove(rule)
    assert (await client.still()).status == 401


@pytest.mark.parametrize(
    "details", [{"kind": "explode"}, {"kind": "status", "times": -1}, {"kind": "status", "when": "never"}]
)
def test_invalid_rules_are_rejected(details: dict[str, object]) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=r"must|unknown"):
        faults.add("me", **details)  # type: ignore[arg-type]
    assert faults.rules == ()


def test_names_of_kinds() -> None:
    assert set(KINDS) == {
        *("status", "html", "ok_html", "ok_empty", "code", "bare401", "unauthorized", "rate_limit", "redirect"),
        *("job_failed", "reset", "silence", "delay"),
        *("missing_key", "truncate", "cut", "drip", "empty_values", "zero_length", "endless"),
        *("empty_lists", "junk_rows", "other_account"),
        *("audio_alaw", "audio_ulaw", "audio_aac", "audio_mp3", "backward_timestamp", "early_eof", "annexb", "stall"),
        *("resolution_change", "cut_stream"),
    }
    assert all(fault.kind == kind and fault.__doc__ for kind, fault in KINDS.items())


def test_unknown_parameters_are_rejected_and_those_of_other_kinds_are_ignored() -> None:
    faults = Faults()
    rule = faults.add("live", "early_eof", at=4, seconds=60, camera=LOBBY)
    assert rule.as_json() == {
        "operation": "live",
        "kind": "early_eof",
        "at": 4,
        "camera": LOBBY,
        "building": None,
        "cloud": None,
        "door": None,
        "times": None,
        "skip": 0,
        "hits": 0,
    }
    with pytest.raises(TypeError, match="color"):
        faults.add("live", "early_eof", color="red")


def test_rules_of_one_operation_can_be_removed() -> None:
    faults = Faults()
    faults.add("me", "reset")
    faults.add("login", "reset")
    faults.clear("me")
    assert [rule.operation for rule in faults.rules] == ["login"]
    faults.add("login", "reset", times=0)
    assert len(faults.injection(Target(operation="login", cloud="carson"), streamed=False).faults) == 1
    faults.clear()
    assert faults.rules == ()
