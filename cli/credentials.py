"""Who signs in: arguments, then environment, then the ini file and a saved token, then the person at the keyboard."""

from collections.abc import Mapping
import configparser
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import stat

from .exit_codes import CommandError
from .private_files import write_private

SECTION = "carson"
TOKEN_FILE = "token.json"  # noqa: S105  # its name, not a token


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What one source says, or all of them together."""

    email: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def complete(self) -> bool:
        """Whether one can sign in with them."""
        return self.token is not None or (self.email is not None and self.password is not None)


def config_folder(environment: Mapping[str, str]) -> Path:
    """Where the ini file and the token are kept."""
    base = environment.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "carson"


def from_environment(environment: Mapping[str, str]) -> Credentials:
    """Read `CARSON_EMAIL`, `CARSON_PASSWORD`, `CARSON_TOKEN`."""
    return Credentials(
        email=environment.get("CARSON_EMAIL") or None,
        password=environment.get("CARSON_PASSWORD") or None,
        token=environment.get("CARSON_TOKEN") or None,
    )


def from_ini(path: Path, *, wanted: bool) -> Credentials:
    """Read the section `[carson]` of an ini file.

    Args:
        path: The file.
        wanted: Whether it was asked for by name, so that it must be there.

    Raises:
        CommandError: It is not there, cannot be read, or others can read the secrets in it.
    """
    try:
        text = path.read_text("utf-8")
        mode = path.stat().st_mode
    except FileNotFoundError, NotADirectoryError:
        if wanted:
            raise CommandError(f"{path}: There is no such file") from None
        return Credentials()
    except (OSError, UnicodeDecodeError) as err:
        raise CommandError(f"{path}: It cannot be read ({type(err).__name__})") from None
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise CommandError(f"{path}: It is no ini file with a section [{SECTION}]") from None
    values = parser[SECTION] if parser.has_section(SECTION) else {}
    found = Credentials(
        email=values.get("email") or None, password=values.get("password") or None, token=values.get("token") or None
    )
    if found.password or found.token:
        _check_mode(path, mode)
    return found


def _check_mode(path: Path, mode: int) -> None:
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise CommandError(f"{path}: Others can read the secrets in it; do `chmod 600 {path}` first")


def merge(*sources: Credentials) -> Credentials:
    """Put sources together, the first one first.

    Secrets belong to an account: a source that comes later adds its token only if it names the same e-mail
    address, and its password unless it names another.
    """
    found = Credentials()
    for source in sources:
        if found.email is None and found.token is None:
            found = Credentials(email=source.email, password=found.password or source.password, token=source.token)
            continue
        same = _same(found.email, source.email)
        found = Credentials(
            email=found.email,
            password=found.password or (source.password if same or source.email is None else None),
            token=found.token or (source.token if same else None),
        )
    return found


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.casefold() == other.casefold()


@dataclass(frozen=True, slots=True)
class TokenFile:
    """The saved token of one account at one cloud, readable for its owner only."""

    path: Path
    api_url: str

    def read(self) -> Credentials:
        """Read the token; nothing if there is none for this cloud.

        Raises:
            CommandError: Others can read it.
        """
        try:
            text = self.path.read_text("utf-8")
            mode = self.path.stat().st_mode
        except OSError, UnicodeDecodeError:
            return Credentials()
        _check_mode(self.path, mode)
        try:
            saved = json.loads(text)
        except ValueError:
            return Credentials()
        if not isinstance(saved, dict) or saved.get("api_url") != self.api_url:
            return Credentials()
        email, token = saved.get("email"), saved.get("token")
        return Credentials(
            email=email if isinstance(email, str) and email else None,
            token=token if isinstance(token, str) and token else None,
        )

    def write(self, email: str | None, token: str) -> None:
        """Save a token, whole or not at all, with mode 600.

        Raises:
            CommandError: It cannot be written.
        """
        content = json.dumps({"api_url": self.api_url, "email": email, "token": token})
        write_private(self.path, content)
