"""Credentials from options, environment, ini file, saved token and prompt; `login` and `whoami`."""

import io
import json
from pathlib import Path
import stat
from typing import override

import jwt
import pytest

from cli.credentials import Credentials, merge
from simulator import Simulator

from .conftest import EMAIL, PASSWORD, Carson, SimulatorThread


def ini(home: Path, text: str, mode: int = 0o600) -> Path:
    path = home / ".config" / "carson" / "carson.ini"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_whoami(carson: Carson) -> None:
    result = carson("whoami")
    assert "Robin Sample" in result.out
    assert "Harbor House" in result.out
    facts = carson("whoami", "--json").json
    assert facts["email"] == EMAIL
    assert facts["token_expires_at"].startswith("20")


def test_options_have_precedence(carson: Carson) -> None:
    result = carson("--email", "two@example.com", "--password", "two buildings", "whoami", "--json")
    assert result.json["id"] == "1003"


def test_environment_has_precedence_over_the_ini_file(carson: Carson, home: Path) -> None:
    ini(home, "[carson]\nemail = two@example.com\npassword = two buildings\n")
    assert carson("whoami", "--json").json["id"] == "1001"


def test_ini_file(carson_without_credentials: Carson, home: Path, tmp_path: Path) -> None:
    path = ini(home, "[carson]\nemail = two@example.com\npassword = two buildings\n")
    assert carson_without_credentials("whoami", "--json").json["id"] == "1003"
    path.rename(tmp_path / "other.ini")
    assert carson_without_credentials("whoami").code == 3
    assert carson_without_credentials("--config", tmp_path / "other.ini", "whoami", "--json").json["id"] == "1003"


def test_token_is_sufficient(
    carson_without_credentials: Carson, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = simulator.call(lambda sim: sim.mint_token("federated@example.com"))
    assert carson_without_credentials("--token", token, "whoami", "--json").json["id"] == "1002"
    monkeypatch.setenv("CARSON_TOKEN", token)
    assert carson_without_credentials("whoami", "--json").json["id"] == "1002"


def test_token_of_another_account_is_not_used(
    carson_without_credentials: Carson, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARSON_TOKEN", simulator.call(lambda sim: sim.mint_token("federated@example.com")))
    assert carson_without_credentials("--email", EMAIL, "--password", PASSWORD, "whoami", "--json").json["id"] == "1001"


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([{}, {"email": "a", "password": "p"}], ("a", "p", None)),
        ([{"email": "a"}, {"password": "p"}], ("a", "p", None)),
        ([{"password": "p"}, {"email": "a", "password": "q"}], ("a", "p", None)),
        ([{"email": "a"}, {"email": "b", "password": "q", "token": "t"}], ("a", None, None)),
        ([{"email": "a"}, {"email": "A", "password": "q", "token": "t"}], ("a", "q", "t")),
        ([{"token": "t"}, {"email": "a", "password": "q"}], (None, None, "t")),
        ([{"email": "a", "password": "p"}, {"token": "t"}], ("a", "p", None)),
    ],
)
def test_secrets_belong_to_an_account(
    sources: list[dict[str, str]], expected: tuple[str | None, str | None, str | None]
) -> None:
    found = merge(*(Credentials(**source) for source in sources))
    assert (found.email, found.password, found.token) == expected
    assert "q" not in repr(found)[11:]


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        ("[carson]\nemail = a@example.com\npassword = p\n", 0o644, "Other users can read the secrets"),
        ("[carson]\ntoken = t\n", 0o640, "chmod 600"),
        ("password = secret\n", 0o600, "line 1: The first line must be [carson]"),
        ("[carson]\nemail = a\nemail = b\n", 0o600, "line 3: email is there twice"),
        ("[carson]\n[carson]\n", 0o600, "line 2: The section [carson] is there twice"),
        ("[carson]\nemail = a\nsecret\n", 0o600, "line 3: This line is not of the form name = value"),
        ("[carson]\nemail = a\n\nPasword = secret\n", 0o600, "line 4: Unknown name. Known names: email, password"),
        ("[carsom]\nemail = a\n", 0o600, "There is no section [carson]"),
    ],
)
def test_rejected_ini_files(
    carson_without_credentials: Carson, home: Path, text: str, mode: int, expected: str
) -> None:
    ini(home, text, mode)
    result = carson_without_credentials("whoami")
    assert result.code == 2
    assert expected in result.err
    assert "secret" not in result.err.replace("secrets", "")


def test_ini_file_with_a_mark_at_its_beginning(
    carson_without_credentials: Carson, home: Path, simulator: SimulatorThread
) -> None:
    """Some editors write one."""
    ini(home, f"\ufeff[carson]\nemail = {EMAIL}\npassword = {PASSWORD}\n", 0o600)
    assert carson_without_credentials("whoami").code == 0


def test_ini_files_that_cannot_be_read(carson_without_credentials: Carson, home: Path, tmp_path: Path) -> None:
    (tmp_path / "binary.ini").write_bytes(b"\xff\xfe\x00")
    assert "Cannot be read" in carson_without_credentials("--config", tmp_path / "binary.ini", "whoami").err
    assert "Cannot be read" in carson_without_credentials("--config", tmp_path, "whoami").err
    result = carson_without_credentials("--config", tmp_path / "none.ini", "whoami")
    assert (result.code, "No such file" in result.err) == (2, True)


def test_ini_file_without_secrets_may_be_readable_by_others(carson_without_credentials: Carson, home: Path) -> None:
    ini(home, "[carson]\nemail = a@example.com\n[other]\nx = 1\n", 0o644)
    assert carson_without_credentials("whoami").code == 3


def test_missing_credentials_without_a_terminal(carson_without_credentials: Carson) -> None:
    result = carson_without_credentials("whoami")
    assert result.code == 3
    assert "CARSON_EMAIL" in result.err


def test_login_saves_the_token(carson: Carson, home: Path, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    result = carson("login")
    path = home / ".config" / "carson" / "token.json"
    assert result.code == 0
    assert str(path) in result.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    token = json.loads(path.read_text())["token"]
    assert token not in result.out + result.err
    assert [one.name for one in path.parent.iterdir()] == ["token.json"]
    logins = sim.counters.count("login")
    monkeypatch.delenv("CARSON_EMAIL")
    monkeypatch.delenv("CARSON_PASSWORD")
    assert carson("whoami", "--json").json["id"] == "1001"
    assert sim.counters.count("login") == logins
    assert carson("--api-url", "http://127.0.0.1:1/api", "whoami").code == 3


def test_renewed_token_is_saved(
    carson: Carson, home: Path, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    carson("login")
    path = home / ".config" / "carson" / "token.json"
    before = json.loads(path.read_text())["token"]
    simulator.call(lambda sim: sim.tokens.revoke(sim.state.accounts[EMAIL]))
    assert carson("whoami").code == 0
    after = json.loads(path.read_text())["token"]
    assert after != before
    monkeypatch.delenv("CARSON_PASSWORD")
    assert carson("whoami").code == 0
    simulator.call(lambda sim: sim.tokens.revoke(sim.state.accounts[EMAIL]))
    result = carson("whoami")
    assert result.code == 3
    assert result.err.startswith("carson: Carson rejected the token")


def test_token_is_saved_only_by_login(carson: Carson, home: Path) -> None:
    carson("whoami")
    assert [path.name for path in home.iterdir()] == [".cache"]
    assert not any("eyJ" in path.read_text("utf-8") for path in (home / ".cache" / "carson").iterdir())


def test_token_only(carson: Carson, home: Path) -> None:
    result = carson("login", "--token-only")
    claims = jwt.decode(result.out.strip(), options={"verify_signature": False})
    assert claims["user_id"] == 1001
    assert carson("login", "--token-only", "--json").json["token"].count(".") == 2
    assert list(home.iterdir()) == []
    assert carson("login", "--json").json["saved"].endswith("token.json")


def test_login_with_a_wrong_password(carson: Carson, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARSON_PASSWORD", "wrong")
    result = carson("login")
    assert result.code == 3
    assert result.err == "carson: Carson rejected the email address or the password.\n"
    assert list(home.iterdir()) == []


def test_token_that_cannot_be_saved(carson: Carson, home: Path) -> None:
    (home / ".config" / "carson" / "token.json").mkdir(parents=True)
    result = carson("login")
    assert result.code == 7
    assert "Cannot be written" in result.err


@pytest.mark.parametrize("text", ["", "[]", "no json", '{"api_url": "http://other"}', '{"token": 5}'])
def test_invalid_saved_token_is_ignored(carson: Carson, home: Path, text: str) -> None:
    path = ini(home, "").with_name("token.json")
    path.write_text(text)
    path.chmod(0o600)
    assert carson("whoami").code == 0


def test_saved_token_that_others_can_read_is_rejected(carson: Carson, home: Path) -> None:
    carson("login")
    path = home / ".config" / "carson" / "token.json"
    path.chmod(0o644)
    result = carson("whoami")
    assert result.code == 2
    assert "Other users can read" in result.err


def test_other_config_folder(carson: Carson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert carson("login").code == 0
    assert (tmp_path / "config" / "carson" / "token.json").exists()


def test_missing_credentials_are_prompted_for(
    carson_without_credentials: Carson, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keyboard(io.StringIO):
        @override
        def isatty(self) -> bool:
            return True

    prompts: list[str] = []

    def hidden(prompt: str, **_: object) -> str:
        prompts.append(prompt)
        return PASSWORD

    monkeypatch.setattr("cli.prompts.getpass", hidden)
    monkeypatch.setattr("sys.stdin", Keyboard(f"{EMAIL}\n"))
    result = carson_without_credentials("whoami", "--json")
    assert result.json["id"] == "1001"
    assert result.err == "Email or phone number: "
    assert prompts == ["Password: "]
    monkeypatch.setattr("sys.stdin", Keyboard(""))
    assert carson_without_credentials("whoami").code == 3

    def end_of_input(prompt: str, **_: object) -> str:
        raise EOFError

    monkeypatch.setattr("cli.prompts.getpass", end_of_input)
    assert carson_without_credentials("--email", EMAIL, "whoami").code == 3
