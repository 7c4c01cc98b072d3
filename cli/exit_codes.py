"""What can go wrong, as a sentence and an exit code."""

from enum import IntEnum
import errno

from .client import aiocarson


class ExitCode(IntEnum):
    """What the shell gets. The same table is in docs/cli.md."""

    OK = 0
    REFUSED = 1
    """A cloud refused, or the person at the keyboard said no."""
    BAD_INPUT = 2
    SIGN_IN = 3
    NO_CONNECTION = 4
    """Also for an answer that cannot be read, too many requests, and a list that is not complete."""
    UNCLEAR = 5
    """An order was sent, and nobody knows whether it was carried out."""
    NOTHING_THERE = 6
    """No picture, no recording, no such path."""
    CANNOT_WRITE = 7
    SOME_FAILED = 8
    HANGUP = 129
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


class CommandError(Exception):
    """The end of a command: one sentence for the person, one number for the shell."""

    def __init__(self, text: str, code: ExitCode = ExitCode.BAD_INPUT) -> None:
        super().__init__(text)
        self.code = code


def code_of(err: aiocarson.CarsonError) -> ExitCode:
    """Tell the exit code of an error of the client."""
    kinds: tuple[tuple[type[aiocarson.CarsonError], ExitCode], ...] = (
        (aiocarson.InvalidInputError, ExitCode.BAD_INPUT),
        (aiocarson.AuthenticationError, ExitCode.SIGN_IN),
        (aiocarson.OutcomeUnclearError, ExitCode.UNCLEAR),
        (aiocarson.CannotConnectError, ExitCode.NO_CONNECTION),
        (aiocarson.RateLimitError, ExitCode.NO_CONNECTION),
        (aiocarson.NotFoundError, ExitCode.NOTHING_THERE),
        (aiocarson.OutsideRetentionError, ExitCode.NOTHING_THERE),
        (aiocarson.FormatUnavailableError, ExitCode.NOTHING_THERE),
        (aiocarson.NoEagleEyeError, ExitCode.NOTHING_THERE),
    )
    return next((code for kind, code in kinds if isinstance(err, kind)), ExitCode.REFUSED)


def sentence(err: BaseException) -> str:
    """Say what happened, in one sentence."""
    text = _os_error(err) if isinstance(err, OSError) else str(err)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _os_error(err: OSError) -> str:
    where = f"{err.filename}: " if err.filename else ""
    if err.errno == errno.ENOSPC:
        return f"{where}The disk is full, nothing was kept"
    return f"{where}{err.strerror or type(err).__name__}"
