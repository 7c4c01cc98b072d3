"""What was carried out stays carried out, whatever happens while it is told; and what the user is told."""

import io
from pathlib import Path
import subprocess
import sys

import pytest

from cli.output import prepare_streams
from simulator import Door, Simulator

from .conftest import EMAIL, PASSWORD, Carson, SimulatorThread


def run_carson(simulator: SimulatorThread, *arguments: str, stdout: object, **environment: str) -> tuple[int, str]:
    """Run the command in a process of its own, and return its exit code and its messages."""
    result = subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=stdout,  # type: ignore[call-overload]
        stderr=subprocess.PIPE,
        timeout=120,
        cwd=Path(__file__).parents[2],
        env={
            "CARSON_API_URL": simulator.sim.api_url,
            "CARSON_EAGLE_EYE_URL": simulator.sim.eagle_eye_url,
            "CARSON_EMAIL": EMAIL,
            "CARSON_PASSWORD": PASSWORD,
            "PATH": "/usr/bin:/bin",
            **environment,
        },
    )
    return result.returncode, result.stderr.decode(errors="replace")


@pytest.fixture
def emoji(simulator: SimulatorThread) -> None:
    def rename(sim: Simulator) -> None:
        sim.state.doors["7001"].name = "Front 🚪"

    simulator.call(rename)


@pytest.mark.usefixtures("emoji")
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii", "utf-8"])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_door_opens_on_any_terminal(
    simulator: SimulatorThread, tmp_path: Path, encoding: str, options: tuple[str, ...]
) -> None:
    with (tmp_path / "out").open("wb") as file:
        code, _ = run_carson(
            simulator, *options, "open", "7001", "--yes", stdout=file, PYTHONIOENCODING=encoding, PYTHONUTF8="0"
        )
    assert code == 0
    assert simulator.call(lambda sim: sim.openings) == {"7001": 1}
    text = (tmp_path / "out").read_text(encoding)
    assert "Front" in text
    assert ("🚪" in text) == (encoding == "utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="There is no /dev/full")
def test_door_opens_with_a_full_disk(simulator: SimulatorThread) -> None:
    """The exit code is that of the order."""
    with Path("/dev/full").open("wb") as full:
        code, err = run_carson(simulator, "open", "7001", "--yes", stdout=full)
    assert code == 0
    assert "Opened Front Door in Harbor House. It could not be printed." in err
    assert simulator.call(lambda sim: sim.openings) == {"7001": 1}


def test_door_opens_with_a_closed_pipe(simulator: SimulatorThread) -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE) as reader:
        reader.wait()
        code, err = run_carson(simulator, "open", "7001", "--yes", stdout=reader.stdin)
    assert code == 0
    assert "Opened Front Door" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="There is no /dev/full")
@pytest.mark.parametrize("arguments", [("--help",), ("doors",)])
def test_output_that_cannot_be_written(simulator: SimulatorThread, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        code, err = run_carson(simulator, *arguments, stdout=full)
    assert code == 7
    assert "Traceback" not in err


def test_streams_that_were_closed_before_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    prepare_streams()
    sys.stdout.write("x")
    assert sys.stdin.readline() == ""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    prepare_streams()
    sys.stdout.write("🚪")


def test_renewed_token_that_cannot_be_saved(carson: Carson, simulator: SimulatorThread, home: Path) -> None:
    """The door opens all the same."""
    assert carson("login").code == 0
    folder = home / ".config" / "carson"
    simulator.call(lambda sim: sim.tokens.revoke())
    saved = (folder / "token.json").read_text()
    (folder / "token.json").unlink()
    (folder / "token.json").write_text(saved)
    (folder / "token.json").chmod(0o600)

    def fail(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aiocarson.files.PartialFile.open", fail)
        result = carson("open", "front", "--yes")
    assert result.code == 0
    assert "was not saved" in result.err
    assert simulator.call(lambda sim: sim.openings) == {"7001": 1}


def test_reason_of_carson_is_told(carson: Carson, simulator: SimulatorThread) -> None:
    """With the name of the door, not with the path of a request."""
    simulator.call(lambda sim: setattr(sim.state.doors["7001"], "phone_only", True))
    result = carson("open", "front", "--yes")
    assert result.code == 1
    assert "Front Door in Harbor House was not opened. Digital Key Not Available" in result.err
    assert "doors/" not in result.err


def test_rejected_token_says_what_to_do(
    carson_without_credentials: Carson, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARSON_TOKEN", simulator.call(lambda sim: sim.mint_token(EMAIL)))
    simulator.call(lambda sim: sim.tokens.revoke())
    result = carson_without_credentials("doors")
    assert result.code == 3
    assert "carson login --with-token" in result.err


def test_token_is_saved_and_deleted(
    carson_without_credentials: Carson, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """For accounts that sign in with Google or Apple."""
    carson = carson_without_credentials
    token = simulator.call(lambda sim: sim.mint_token("federated@example.com"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f' "JWT {token}"\n'))
    result = carson("login", "--with-token")
    assert result.code == 0
    assert token not in result.out + result.err
    assert "Flo" in result.out
    assert carson("whoami", "--json").json["name"] == "Flo"
    assert carson("logout").lines == ["Signed out. The saved token was deleted."]
    assert not (home / ".config" / "carson" / "token.json").exists()
    assert carson("logout", "--json").json == {"deleted": False}
    assert carson("doors").code == 3


@pytest.mark.parametrize(("text", "options", "code"), [("", (), 3), ("a.b.c", (), 3), ("x", ("--token-only",), 2)])
def test_token_that_is_not_saved(
    carson_without_credentials: Carson,
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
    text: str,
    options: tuple[str, ...],
    code: int,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert carson_without_credentials("login", "--with-token", *options).code == code
    assert not (home / ".config" / "carson" / "token.json").exists()


def test_sign_in_by_phone_number(
    carson_without_credentials: Carson, monkeypatch: pytest.MonkeyPatch, simulator: SimulatorThread
) -> None:
    monkeypatch.setenv("CARSON_EMAIL", "+1 (555) 010-0001")
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)
    assert carson_without_credentials("whoami", "--json").json["email"] == EMAIL


def test_few_suggestions_among_many_doors(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.state.buildings["501"].doors.extend(doors()))
    result = carson("open", "flor 17", "--yes")
    assert result.code == 2
    assert len(result.err) < 500
    assert "Floor 17" in result.err
    result = carson("open", "floor", "--yes")
    assert "and 1995 more" in result.err


def doors() -> list[Door]:
    return [Door(id=20000 + number, name=f"Floor {number}") for number in range(2000)]


def test_name_that_is_the_id_of_another_door(carson: Carson, simulator: SimulatorThread) -> None:
    """It is not guessed which one is meant."""
    simulator.call(lambda sim: setattr(sim.state.doors["7002"], "name", "7001"))
    result = carson("open", "7001", "--yes")
    assert result.code == 2
    assert "More than one door matches" in result.err
    assert carson("open", "id:7001", "--yes").code == 0
    assert simulator.call(lambda sim: sim.openings) == {"7001": 1}
