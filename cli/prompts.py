"""Prompts, on standard error so that standard output holds nothing but the result."""

from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
import signal
import sys
import threading

from .exit_codes import CommandError, ExitCode

ENDING_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that end a program, as far as the platform has them."""


def prompt(label: str, *, secret: bool = False) -> str:
    """Prompt for a text; the input of a secret is not shown.

    Raises:
        CommandError: Nothing was entered.
    """
    with _interruptible():
        try:
            text = getpass(f"{label}: ", stream=sys.stderr) if secret else _read_line(f"{label}: ")
        except EOFError:
            text = ""
    if not text.strip():
        raise CommandError(f"{label} is required", ExitCode.SIGN_IN)
    return text if secret else text.strip()


def confirm(question: str) -> bool:
    """Prompt for yes or no; the end of the input counts as no."""
    with _interruptible():
        return _read_line(f"{question} [y/N]: ").strip().lower() in {"y", "yes"}


def _read_line(text: str) -> str:
    print(text, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make signals end a prompt at once; the handlers of the event loop would run only after the input."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        **{number: signal.signal(number, signal.SIG_DFL) for number in ENDING_SIGNALS},
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
