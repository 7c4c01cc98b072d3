"""Residents come over from each older integration, on two versions of Home Assistant, and miss nothing."""

import json
from pathlib import Path

import aiohttp
import pytest

from demo.environment import wait_until_loaded
from demo.home_assistant import REPOSITORY
from demo.simulator_process import SimulatorProcess
from tests.support import older_integrations as older
from tests.support.older_integrations import CAMERA, COURTYARD, FORKS, GARAGE, HIDDEN_CAMERA, LOCK, Fork

from .conftest import wait_until
from .older_instance import SENTENCES, errors_about_carson, install_carson, look, make_folder, running, speak, take_over

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

NEXT_PYTHON = REPOSITORY / ".venv-next/bin/python"
PYTHONS: dict[str, Path | None] = {"this version": None, "next version": NEXT_PYTHON}


@pytest.fixture(params=list(PYTHONS))
def python(request: pytest.FixtureRequest) -> Path | None:
    """Return the Python of a version of Home Assistant."""
    python = PYTHONS[str(request.param)]
    if python is not None and not python.exists():
        pytest.skip("The next version of Home Assistant is not installed: scripts/setup --next")
    return python


@pytest.mark.parametrize("fork", FORKS, ids=[fork.name for fork in FORKS])
async def test_everything_is_as_before(
    session: aiohttp.ClientSession, simulator: SimulatorProcess, tmp_path: Path, fork: Fork, python: Path | None
) -> None:
    """Names, areas, labels, aliases, exposure, automations and the dashboard: no difference."""
    folder = tmp_path / "home-assistant"
    await make_folder(folder, session, simulator, fork, python)
    async with running(folder, session, simulator, fork, python) as (api, _):
        before = await look(api)
        heard_before = {text: await speak(api, text) for text in SENTENCES}
    assert before[LOCK]["name of the state"] == before[LOCK]["name on the page"] == "Haustür"
    assert heard_before == {SENTENCES[0]: [LOCK], SENTENCES[1]: [LOCK], SENTENCES[2]: [GARAGE]}

    install_carson(folder)
    async with running(folder, session, simulator, fork, python) as (api, home_assistant):
        if fork.domain != "carson":
            await take_over(api)
        await wait_until_loaded(api)
        after = await look(api)
        for entity_id, seen in before.items():
            if not fork.has_options and entity_id in {COURTYARD, "camera.gym"}:
                # Without the option, neither integration shows these cameras.
                continue
            assert {"entity": entity_id, **after[entity_id]} == {"entity": entity_id, **seen}
        assert not [entity_id for entity_id in after if entity_id.endswith("_2")]
        assert after[HIDDEN_CAMERA]["hidden_by"] == "user"

        await api.post("/api/events/came_home")
        await wait_until(lambda: _have_opened(simulator, session, {"7001": 1}), "the automation opens the door")
        assert {text: await speak(api, text) for text in SENTENCES} == heard_before
        assert (await simulator.openings(session))["7002"] == 1
        await api.perform_action("carson", "update")
        dashboard = json.dumps(await api.call("lovelace/config"))
        for entity_id in (LOCK, GARAGE, CAMERA):
            assert f'"{entity_id}"' in dashboard
            assert (await api.state(entity_id))["state"] != "unavailable"
        issues = (await api.call("repairs/list_issues"))["issues"]
        found = {(issue["domain"], issue["translation_key"]) for issue in issues}
        expected = set() if fork.domain == "carson" else {("carson", "older_actions")}
        assert found - {("carson", "cameras_refused"), ("carson", "cameras_of_others")} == expected
    stored = json.loads((folder / ".storage" / "core.config_entries").read_text())["data"]["entries"]
    [entry] = [entry for entry in stored if entry["domain"].startswith("carson")]
    assert (entry["domain"], entry["version"], entry["minor_version"]) == ("carson", 2, 2)
    assert (entry["unique_id"], entry["title"]) == ("1001", "Robin Sample")
    assert errors_about_carson(home_assistant) == []
    assert older.EMAIL not in home_assistant.log.read_text()


async def _have_opened(simulator: SimulatorProcess, session: aiohttp.ClientSession, expected: dict[str, int]) -> bool:
    return await simulator.openings(session) == expected
