"""Credentials from options, environment, ini file and saved token."""

from collections.abc import Mapping
import configparser
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import stat

from .exit_codes import CommandError

SECTION = "carson"
_NAMES = ("email", "password", "token")
TOKEN_FILE = "token.json"  # noqa: S105  # its name, not a token


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Credentials from one source, or merged from several."""

    email: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def complete(self) -> bool:
        """Whether they are sufficient to sign in."""
        return self.token is not None or (self.email is not None and self.password is not None)


def from_environment(environment: Mapping[str, str]) -> Credentials:
    """Return the credentials in `CARSON_EMAIL`, `CARSON_PASSWORD` and `CARSON_TOKEN`."""
    return Credentials(
        email=environment.get("CARSON_EMAIL") or None,
        password=environment.get("CARSON_PASSWORD") or None,
        token=environment.get("CARSON_TOKEN") or None,
    )


def from_ini(path: Path, *, required: bool) -> Credentials:
    """Return the credentials in the section `[carson]` of an ini file.

    Args:
        path: The file.
        required: Whether a missing file is an error.

    Raises:
        CommandError: It does not exist, cannot be read, or holds secrets that other users can read.
    """
    try:
        # Some editors begin a file with a mark.
        text = path.read_text("utf-8-sig")
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if required:
            raise CommandError(f"{path}: No such file") from None
        return Credentials()
    except UnicodeDecodeError:
        raise CommandError(f"{path}: Cannot be read (not UTF-8 text)") from None
    except OSError as err:
        raise CommandError(f"{path}: Cannot be read ({err.strerror})") from None
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as err:
        raise CommandError(f"{path}{_line(err)}: {_ini_problem(err)}") from None
    if not parser.has_section(SECTION) and parser.sections():
        raise CommandError(f"{path}: There is no section [{SECTION}]")
    values = parser[SECTION] if parser.has_section(SECTION) else {}
    if unknown := [name for name in values if name not in _NAMES]:
        # Neither the name nor the value is shown: either may be a secret in the wrong place.
        raise CommandError(f"{path}{_line_of(text, unknown[0])}: Unknown name. Known names: {', '.join(_NAMES)}")
    found = Credentials(
        email=values.get("email") or None, password=values.get("password") or None, token=values.get("token") or None
    )
    if found.password or found.token:
        _check_mode(path, mode)
    return found


def _line_of(text: str, name: str) -> str:
    """Return the number of the line that sets a name."""
    lines = (line.strip().lower() for line in text.splitlines())
    number = next((number for number, line in enumerate(lines, 1) if line.startswith(name)), None)
    return "" if number is None else f", line {number}"


def _line(err: configparser.Error) -> str:
    """Return the number of the line with a problem; its content may be a secret."""
    number = getattr(err, "lineno", None)
    if number is None and isinstance(err, configparser.ParsingError) and err.errors:
        number = err.errors[0][0]
    return "" if number is None else f", line {number}"


def _ini_problem(err: configparser.Error) -> str:
    match err:
        case configparser.MissingSectionHeaderError():
            return f"The first line must be [{SECTION}]"
        case configparser.DuplicateOptionError():
            return f"{err.option} is there twice"
        case configparser.DuplicateSectionError():
            return f"The section [{SECTION}] is there twice"
        case _:
            return "This line is not of the form name = value"


def _check_mode(path: Path, mode: int) -> None:
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise CommandError(f"{path}: Other users can read the secrets in this file. Run `chmod 600 {path}` first")


def merge(*sources: Credentials) -> Credentials:
    """Merge sources, of which the first has precedence.

    Secrets belong to an account: a later source adds its token only if it has the same e-mail address, and its
    password unless it has another one.
    """
    merged = Credentials()
    for source in sources:
        if merged.email is None and merged.token is None:
            merged = Credentials(email=source.email, password=merged.password or source.password, token=source.token)
            continue
        same = _is_same(merged.email, source.email)
        merged = Credentials(
            email=merged.email,
            password=merged.password or (source.password if same or source.email is None else None),
            token=merged.token or (source.token if same else None),
        )
    return merged


def _is_same(email: str | None, other: str | None) -> bool:
    return email is not None and other is not None and email.casefold() == other.casefold()


@dataclass(frozen=True, slots=True)
class TokenFile:
    """The saved token of one account for one API, readable only by its owner."""

    path: Path
    api_url: str

    def read(self) -> Credentials:
        """Return the saved token, or empty credentials if there is none for this API.

        Raises:
            CommandError: Other users can read it.
        """
        try:
            text = self.path.read_text("utf-8")
            mode = self.path.stat().st_mode
        except (OSError, UnicodeDecodeError):
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
        """Save a token.

        Raises:
            CommandError: It cannot be written.
        """
        from .private_files import write_private

        content = json.dumps({"api_url": self.api_url, "email": email, "token": token})
        write_private(self.path, content)
