"""Exit codes, and the errors that lead to them."""

from enum import IntEnum
import errno

import aiocarson
from aiocarson.errors import FormatUnavailableError, NoEagleEyeError, OutsideRetentionError


class ExitCode(IntEnum):
    """Exit codes of the command. docs/cli.md has the same table."""

    OK = 0
    REFUSED = 1
    """A cloud rejected the request, or the user declined it."""
    BAD_INPUT = 2
    SIGN_IN = 3
    NO_CONNECTION = 4
    """Also for an invalid response, too many requests, and an incomplete list."""
    UNCLEAR = 5
    """A command was sent but not confirmed."""
    NOTHING_THERE = 6
    """No such still, recording, reservation or path."""
    CANNOT_WRITE = 7
    SOME_FAILED = 8
    HANGUP = 129
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


_SIGN_IN_HELP = "Run `carson login`; accounts that use Google or Apple run `carson login --with-token`"


class CommandError(Exception):
    """An error that ends a command, with a message for the user and an exit code."""

    def __init__(self, text: str, code: ExitCode = ExitCode.BAD_INPUT) -> None:
        """Initialize the error."""
        super().__init__(text)
        self.code = code


_EXIT_CODES: tuple[tuple[type[aiocarson.CarsonError], ExitCode], ...] = (
    (aiocarson.InvalidInputError, ExitCode.BAD_INPUT),
    (aiocarson.AuthenticationError, ExitCode.SIGN_IN),
    (aiocarson.OutcomeUnclearError, ExitCode.UNCLEAR),
    (aiocarson.CannotConnectError, ExitCode.NO_CONNECTION),
    (aiocarson.RateLimitError, ExitCode.NO_CONNECTION),
    (aiocarson.NotFoundError, ExitCode.NOTHING_THERE),
    (OutsideRetentionError, ExitCode.NOTHING_THERE),
    (FormatUnavailableError, ExitCode.NOTHING_THERE),
    (NoEagleEyeError, ExitCode.NOTHING_THERE),
)


def exit_code_for(err: aiocarson.CarsonError) -> ExitCode:
    """Return the exit code for an error of the client."""
    return next((code for kind, code in _EXIT_CODES if isinstance(err, kind)), ExitCode.REFUSED)


def sentence(err: BaseException) -> str:
    """Return the message of an error as a sentence."""
    text = _os_error(err) if isinstance(err, OSError) else str(err)
    if isinstance(err, aiocarson.ApiError) and err.reason is not None:
        text = f"{text}: {err.reason}"
    if isinstance(err, aiocarson.AuthenticationError) and "token" in text:
        text = f"{text}. {_SIGN_IN_HELP}"
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _os_error(err: OSError) -> str:
    prefix = f"{err.filename}: " if err.filename else ""
    if err.errno == errno.ENOSPC:
        return f"{prefix}The disk is full"
    return f"{prefix}{err.strerror or type(err).__name__}"
