"""Runs one command, and turns every way in which it can end into a message and an exit code."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
import errno
import signal
import sys
import threading

import aiocarson

from .context import Context, open_context
from .exit_codes import CommandError, ExitCode, exit_code_for, sentence
from .options import Options
from .output import as_json_text, discard_stdout, prepare_streams
from .prompts import ENDING_SIGNALS
from .trace import trace_requests

type Command = Callable[[Context], Awaitable[None]]


def run(options: Options, command: Command) -> ExitCode:
    """Run a command to its end, and return its exit code."""
    prepare_streams()
    contexts: list[Context] = []
    try:
        return _run_to_end(options, command, contexts)
    except (OSError, ValueError, KeyboardInterrupt, _SignalError) as err:
        if not any(context.order for context in contexts):
            kept = next((context.kept for context in contexts if context.kept), "No incomplete files were kept")
            return _code_of(err, kept, as_json=options.form == "json")
        # The order was carried out: a script that reads another exit code would give it again.
        discard_stdout()
        for context in contexts:
            _print_error(f"carson: {context.order} It could not be printed.")
        return ExitCode.OK


def _run_to_end(options: Options, command: Command, contexts: list[Context]) -> ExitCode:
    try:
        trace = trace_requests(_print_error if options.verbose else None)
        with trace, asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            code = runner.run(_run(options, command, contexts))
        sys.stdout.flush()
    except CommandError as err:
        return fail(sentence(err), err.code, as_json=options.form == "json")
    except aiocarson.CarsonError as err:
        return fail(sentence(err), exit_code_for(err), as_json=options.form == "json", details=_details(err))
    return code


def cannot_print(err: OSError, *, as_json: bool = False) -> ExitCode:
    """Return the exit code after standard output could not be written."""
    discard_stdout()
    if isinstance(err, BrokenPipeError):
        return fail("The output was closed", ExitCode.BROKEN_PIPE, as_json=as_json)
    code = ExitCode.HANGUP if err.errno == errno.EIO else ExitCode.CANNOT_WRITE
    return fail(sentence(err), code, as_json=as_json)


def _code_of(err: BaseException, kept: str, *, as_json: bool) -> ExitCode:
    """Print why the command has ended, and return its exit code; raise the error if it is none of ours."""
    if isinstance(err, KeyboardInterrupt):
        return fail(f"Interrupted. {kept}", ExitCode.INTERRUPTED, as_json=as_json)
    if isinstance(err, _SignalError):
        return fail(f"{err}. {kept}", err.code, as_json=as_json)
    if isinstance(err, OSError):
        return cannot_print(err, as_json=as_json)
    raise err


async def _run(options: Options, command: Command, contexts: list[Context]) -> ExitCode:
    with _cancel_on_signals() as received:
        try:
            async with open_context(options) as context:
                contexts.append(context)
                sign_of_life = context.output.sign_of_life
                waiting = asyncio.create_task(sign_of_life.run())
                try:
                    await command(context)
                finally:
                    sign_of_life.end()
                    waiting.cancel()
                    await asyncio.wait([waiting])
                return context.exit_code
        except asyncio.CancelledError:
            if received:
                raise _SignalError(received[0]) from None
            raise


class _SignalError(Exception):
    """A signal has ended the command."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Ended by {signal.Signals(number).name}")
        self.code = ExitCode(128 + number)


@contextmanager
def _cancel_on_signals() -> Iterator[list[int]]:
    """Make SIGTERM and SIGHUP (a closed terminal) end the command as cleanly as Ctrl-C does."""
    received: list[int] = []
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield received
        return

    def cancel(number: int) -> None:
        received.append(number)
        task.cancel()

    numbers = []
    for number in ENDING_SIGNALS:
        # Windows has neither all signals nor handlers of the event loop.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, cancel, number)
            numbers.append(number)
    try:
        yield received
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _print_error(text: str) -> None:
    with suppress(OSError, ValueError):  # the terminal may be gone
        print(text, file=sys.stderr, flush=True)


def _details(err: aiocarson.CarsonError) -> dict[str, int | None]:
    """Return what a cloud answered: the HTTP status, and Carson's own code (Protocol A.2)."""
    return {"http_status": err.status, "carson_code": err.code} if isinstance(err, aiocarson.ApiError) else {}


def fail(
    text: str, code: ExitCode, *, as_json: bool = False, details: Mapping[str, int | None] | None = None
) -> ExitCode:
    """Print why the command failed, as text or as JSON, and return its exit code."""
    text = text if text.endswith((".", "?", "!")) else f"{text}."
    if as_json:
        error = {"kind": code.name.lower(), "exit_code": code.value, "message": text, **(details or {})}
        _print_error(as_json_text({"error": error}, stream=sys.stderr))
    else:
        _print_error(f"carson: {text}")
    return code
