"""Questions to the person at the keyboard, on standard error so that standard output stays clean."""

from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
import signal
import sys
import threading

from .exit_codes import CommandError, ExitCode


def ask(question: str, *, secret: bool = False) -> str:
    """Ask for a text; what is typed for a secret is not shown.

    Raises:
        CommandError: There is nobody to answer.
    """
    with _interruptible():
        try:
            answer = getpass(f"{question}: ", stream=sys.stderr) if secret else _read(f"{question}: ")
        except EOFError:
            answer = ""
    if not answer.strip():
        raise CommandError(f"No answer to {question!r}", ExitCode.SIGN_IN)
    return answer if secret else answer.strip()


def confirm(question: str) -> bool:
    """Ask for a yes or no; nobody there means no."""
    with _interruptible():
        return _read(f"{question} [y/N]: ").strip().lower() in {"y", "yes"}


def _read(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end a question at once; the event loop would only take note of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGTERM: signal.signal(signal.SIGTERM, signal.SIG_DFL),
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
