"""Actions on recordings, and pictures of the past."""

import asyncio
from datetime import datetime, timedelta
import io
from pathlib import Path
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util
from PIL import Image
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.aiocarson.files import AtomicFile
from custom_components.carson.const import DOMAIN
from simulator import Simulator
from tests.support.recordings import CAMERA, GARAGE, LOBBY, frames, recently, record


@pytest.fixture
def platforms() -> list[Platform]:
    return [Platform.CAMERA]


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return the only folder that Home Assistant may write to."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    return folder


def inside(folder: Path) -> list[str]:
    """Return everything below a folder, including hidden files."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def act(hass: HomeAssistant, action: str, entity_id: str | list[str] = CAMERA, **data: Any) -> Any:
    response: Any = await hass.services.async_call(
        DOMAIN, action, {ATTR_ENTITY_ID: entity_id, **data}, blocking=True, return_response=True
    )
    return response[entity_id] if isinstance(entity_id, str) else response


def local(moment: datetime) -> str:
    """Return a time as users write it: without a time zone, which means that of Home Assistant."""
    return dt_util.as_local(moment).strftime("%Y-%m-%d %H:%M:%S")


async def test_get_recordings_returns_recordings_oldest_first(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    begin = recently(hours=3)
    record(sim, (begin, 30), (begin + timedelta(seconds=30), 60), (begin + timedelta(minutes=30), 10))
    response = await act(hass, "get_recordings", begin=local(begin - timedelta(minutes=1)))
    second = begin + timedelta(minutes=30)
    assert response == {
        "recordings": [
            {
                "begin": dt_util.as_local(begin).isoformat(),
                "end": dt_util.as_local(begin + timedelta(seconds=90)).isoformat(),
                "duration": 90,
            },
            {
                "begin": dt_util.as_local(second).isoformat(),
                "end": dt_util.as_local(second + timedelta(seconds=10)).isoformat(),
                "duration": 10,
            },
        ]
    }


@pytest.mark.parametrize(
    ("fields", "durations"),
    [
        ({"join": False}, [30, 60, 10]),
        ({"join": False, "limit": 2}, [30, 60]),
        ({"min_duration": {"seconds": 20}}, [90]),
        ({"max_duration": 20}, [10]),
        ({"end": 1}, [90]),
    ],
)
async def test_get_recordings_filters_recordings(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, fields: dict[str, Any], durations: list[float]
) -> None:
    begin = recently(hours=3)
    record(sim, (begin, 30), (begin + timedelta(seconds=30), 60), (begin + timedelta(minutes=30), 10))
    fields = {name: local(begin + timedelta(minutes=10)) if name == "end" else value for name, value in fields.items()}
    response = await act(hass, "get_recordings", begin=begin.isoformat(), **fields)
    assert [recording["duration"] for recording in response["recordings"]] == durations


async def test_recording_in_progress_has_no_end(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    sim.settings.recordings.open_end = "null"
    begin = recently(minutes=1)
    record(sim, (begin, 600))
    response = await act(hass, "get_recordings", begin=begin.isoformat())
    assert response["recordings"][0]["end"] is None
    assert 55 < response["recordings"][0]["duration"] < 90


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"begin": -1, "end": -2}, "end_before_begin"),
        ({"begin": 1}, "end_before_begin"),
        ({"begin": -24 * 40}, "time_too_long"),
        ({"begin": -2, "min_duration": 20, "max_duration": 10}, "max_below_min"),
    ],
)
async def test_contradictory_fields_are_rejected(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, fields: dict[str, Any], key: str
) -> None:
    now = dt_util.now()
    times = {name: (now + timedelta(hours=fields[name])).isoformat() for name in ("begin", "end") if name in fields}
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "get_recordings", **fields | times)
    assert error.value.translation_key == key
    assert "{" not in str(error.value)
    assert sim.counters.count("list_videos") == 0


@pytest.mark.parametrize(
    "fields", [{}, {"begin": "x"}, {"begin": "2026-11-20", "limit": 0}, {"begin": "2026-11-20", "min_duration": -5}]
)
async def test_invalid_fields_are_rejected(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, fields: dict[str, Any]
) -> None:
    with pytest.raises(probatio.Invalid):
        await act(hass, "get_recordings", **fields)


async def test_recording_is_saved(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path) -> None:
    begin = recently(hours=1)
    record(sim, (begin, 20))
    moment = begin + timedelta(seconds=4)
    response = await act(
        hass,
        "save_recording",
        begin=local(moment),
        duration={"seconds": 6},
        filename=f"{folder}/new/{{{{ entity_id }}}}_{{{{ begin.strftime('%H%M%S') }}}}.mp4",
    )
    name = f"new/{CAMERA}_{dt_util.as_local(moment):%H%M%S}.mp4"
    assert inside(folder) == ["new", name]
    assert response == {
        "files": [
            {
                "path": str(folder / name),
                "size": (folder / name).stat().st_size,
                "begin": dt_util.as_local(moment).isoformat(),
                "end": dt_util.as_local(moment + timedelta(seconds=6)).isoformat(),
            }
        ]
    }
    numbers = frames(folder / name)
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert moment.timestamp() - 2.1 <= numbers[0] / 12 <= moment.timestamp() + 0.2
    assert abs(numbers[-1] / 12 - (moment.timestamp() + 6)) < 0.5


async def test_long_recording_is_saved_as_numbered_files(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path
) -> None:
    """Of three segments of five minutes, the second one has no video."""
    begin = recently(hours=1)
    record(sim, (begin, 4), (begin + timedelta(minutes=11), 5))
    response = await act(
        hass, "save_recording", begin=begin.isoformat(), duration={"minutes": 15}, filename=str(folder / "clip.mp4")
    )
    assert inside(folder) == ["clip_01.mp4", "clip_03.mp4"]
    assert [Path(one["path"]).name for one in response["files"]] == inside(folder)
    assert [len(frames(folder / name)) for name in inside(folder)] == [48, 60]


async def test_existing_file_is_only_replaced_by_a_complete_one(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path
) -> None:
    target = folder / "clip.mp4"
    target.write_bytes(b"old")
    begin = recently(hours=1)
    record(sim, (begin, 4))
    fields: dict[str, Any] = {"begin": begin.isoformat(), "duration": 4, "filename": str(target)}
    sim.faults.add("mp4", "cut", skip=2)
    with pytest.raises(HomeAssistantError):
        await act(hass, "save_recording", **fields)
    assert (inside(folder), target.read_bytes()) == (["clip.mp4"], b"old")
    sim.faults.clear()
    await act(hass, "save_recording", **fields)
    assert inside(folder) == ["clip.mp4"]
    assert len(frames(target)) == 48


@pytest.mark.parametrize(
    ("operation", "fault", "key"),
    [
        ("mp4", "status:403", "not_permitted"),
        ("mp4", "job_failed", "refused"),
        ("mp4", "status:404", "nothing_recorded"),
        ("mp4", "cut", "cannot_connect"),
        ("list_videos", "status:503", "cannot_connect"),
        ("list_videos", "status:403", "not_permitted"),
    ],
)
async def test_failed_segment_leaves_no_files(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    folder: Path,
    operation: str,
    fault: str,
    key: str,
) -> None:
    begin = recently(hours=1)
    record(sim, (begin, 3), (begin + timedelta(minutes=6), 3))
    sim.settings.recordings.mp4_pending = 0
    sim.faults.add(operation, fault, skip=1 if fault == "cut" else 0)
    with pytest.raises(HomeAssistantError) as error:
        await act(
            hass,
            "save_recording",
            begin=begin.isoformat(),
            duration=600,
            filename=str(folder / "deep" / "er" / "x.mp4"),
        )
    assert error.value.translation_key == key
    assert inside(folder) == []


async def test_missing_recording_of_one_segment_is_an_error(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path
) -> None:
    begin = recently(hours=1)
    record(sim, (begin, 3))
    sim.faults.add("mp4", "status:404")
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "save_recording", begin=begin.isoformat(), duration=3, filename=str(folder / "x.mp4"))
    assert error.value.translation_key == "not_found"
    assert inside(folder) == []


async def test_time_without_recording_is_an_error(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path
) -> None:
    record(sim)
    with pytest.raises(HomeAssistantError, match="Lobby has no recording at that time"):
        await act(
            hass, "save_recording", begin=recently(hours=1).isoformat(), duration=3, filename=str(folder / "x.mp4")
        )
    assert inside(folder) == []


@pytest.mark.parametrize("action", ["save_recording", "save_snapshot_at"])
@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("{folder}/../x", "path_not_allowed"),
        ("{folder}/link/x", "path_not_allowed"),
        ("/etc/x", "path_not_allowed"),
        ("x.mp4", "bad_filename"),
        ("", "bad_filename"),
        ("{folder}", "bad_filename"),
        ("{folder}/nowhere/..", "bad_filename"),
        ("{folder}/{{ 1 / 0 }}", "bad_filename"),
        ("{folder}/x\0y", "bad_filename"),
        ("{folder}/" + "x" * 300 + "/y", "bad_filename"),
        ("{folder}/" + "x" * 250, "bad_filename"),
    ],
    ids=range(11),
)
async def test_paths_that_are_not_allowed_are_rejected(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path, action: str, name: str, key: str
) -> None:
    (folder / "link").symlink_to(folder.parent)
    before = sum(sim.counters.requests.values())
    times: dict[str, Any] = {"begin": recently(hours=1).isoformat(), "duration": 3}
    if action == "save_snapshot_at":
        times = {"time": recently(hours=1).isoformat()}
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, action, filename=name.replace("{folder}", str(folder)), **times)
    assert error.value.translation_key == key
    assert inside(folder) == ["link"]
    assert inside(folder.parent) == ["allowed", "allowed/link"]
    assert sum(sim.counters.requests.values()) == before


@pytest.mark.parametrize(
    ("begin", "duration", "key"),
    [
        (timedelta(hours=-1), 0, "bad_duration"),
        (timedelta(hours=-2), 3601, "bad_duration"),
        (timedelta(seconds=-10), 60, "time_in_future"),
        (timedelta(hours=1), 60, "time_in_future"),
    ],
)
async def test_invalid_times_are_rejected(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    folder: Path,
    begin: timedelta,
    duration: int,
    key: str,
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(
            hass,
            "save_recording",
            begin=(dt_util.utcnow() + begin).isoformat(),
            duration=duration,
            filename=str(folder / "x.mp4"),
        )
    assert error.value.translation_key == key
    for moment in ("9999-12-31 23:59:59", (dt_util.utcnow() + timedelta(minutes=1)).isoformat()):
        with pytest.raises(ServiceValidationError):
            await act(hass, "save_snapshot_at", time=moment, filename=str(folder / "x.jpg"))
    assert inside(folder) == []


async def test_cameras_do_not_write_to_the_same_file(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path
) -> None:
    begin = recently(hours=1)
    for camera in (LOBBY, GARAGE):
        record(sim, (begin, 3), camera=camera)
    both = [CAMERA, "camera.harbor_house_garage"]
    fields = {"begin": begin.isoformat(), "duration": 3}
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "save_recording", both, filename=str(folder / "x.mp4"), **fields)
    assert error.value.translation_key == "file_busy"
    await hass.async_block_till_done(wait_background_tasks=True)
    response = await act(hass, "save_recording", both, filename=f"{folder}/{{{{ entity_id }}}}.mp4", **fields)
    assert set(response) == set(both)
    assert {f"{one}.mp4" for one in both} <= set(inside(folder))


async def test_unwritable_folder_is_an_error(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path
) -> None:
    (folder / "file").write_bytes(b"")
    begin = recently(hours=1)
    record(sim, (begin, 3))
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "save_recording", begin=begin.isoformat(), duration=3, filename=f"{folder}/file/x.mp4")
    assert error.value.translation_key == "cannot_write"
    assert inside(folder) == ["file"]


async def test_full_disk(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(self: AtomicFile, chunk: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(AtomicFile, "write", write)
    with pytest.raises(HomeAssistantError, match="No space left on device") as error:
        await act(hass, "save_snapshot_at", time=recently(hours=1).isoformat(), filename=f"{folder}/a/x.jpg")
    assert error.value.translation_key == "cannot_write"
    assert inside(folder) == []


@pytest.mark.parametrize("reference", ["prev", "next", "after", None])
async def test_picture_at_a_time_is_saved(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path, reference: str | None
) -> None:
    moment = recently(days=1)
    fields = {} if reference is None else {"reference": reference}
    response = await act(
        hass, "save_snapshot_at", time=local(moment), filename=f"{folder}/{{{{ time.day }}}}.jpg", **fields
    )
    target = folder / f"{dt_util.as_local(moment).day}.jpg"
    assert inside(folder) == [target.name]
    assert (response["path"], response["size"]) == (str(target), target.stat().st_size)
    taken = datetime.fromisoformat(response["taken_at"])
    assert taken.utcoffset() == dt_util.as_local(moment).utcoffset()
    distance = (taken - moment).total_seconds()
    assert -1.1 < distance < 0 if reference in {"prev", None} else 0 < distance < 1.1
    assert Image.open(io.BytesIO(target.read_bytes())).size == (320, 240)


async def test_picture_at_an_exact_time_is_saved(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path
) -> None:
    fields = {"filename": str(folder / "x.jpg")}
    first = await act(hass, "save_snapshot_at", time=recently(days=1).isoformat(), **fields)
    again = await act(hass, "save_snapshot_at", time=first["taken_at"], reference="asset", **fields)
    assert again["taken_at"] == first["taken_at"]


async def test_time_without_picture_is_an_error(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path
) -> None:
    sim.faults.add("image", "status:404")
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "save_snapshot_at", time=recently(days=1).isoformat(), filename=str(folder / "x.jpg"))
    assert error.value.translation_key == "not_found"
    assert inside(folder) == []


async def test_too_many_saves_at_once(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two run, some wait, and the others get a clear text; nothing is left behind."""
    monkeypatch.setattr("custom_components.carson.services.recordings.MAX_WAITING_SAVES", 3)
    begin = recently(hours=1)
    record(sim, (begin, 3))
    sim.settings.recordings.mp4_hold = 0.2
    saves = (
        act(hass, "save_recording", begin=begin.isoformat(), duration=3, filename=str(folder / f"{number}.mp4"))
        for number in range(10)
    )
    results = await asyncio.gather(*saves, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    assert [error.translation_key for error in errors if isinstance(error, HomeAssistantError)] == ["too_busy"] * 5
    assert len(inside(folder)) == 5


async def test_default_filename(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tmp_path: Path) -> None:
    """Without a filename, a picture is saved among the media, which needs no configuration."""
    hass.config.media_dirs = {"local": str(tmp_path)}
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    moment = recently(hours=1)
    saved = await act(hass, "save_snapshot_at", time=moment.isoformat())
    name = f"{dt_util.as_local(moment):%Y-%m-%d %H-%M-%S}.jpg"
    assert Path(saved["path"]) == tmp_path / "carson" / "harbor_house_lobby" / name
    assert (await hass.async_add_executor_job(Path(saved["path"]).read_bytes)).startswith(b"\xff\xd8")
