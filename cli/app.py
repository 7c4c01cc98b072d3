"""The command `carson`: its options, its commands, and how every one of them ends."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
import errno
import inspect
from pathlib import Path
import signal
import sys
import threading
from typing import Annotated, Any

import typer

from .client import aiocarson, version
from .context import Options, Run, opened
from .credentials import Credentials
from .exit_codes import CommandError, ExitCode, code_of, sentence
from .output import give_up_stdout
from .trace import traced

app = typer.Typer(
    name="carson",
    help="Doors and cameras of buildings run by Carson Living.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, for scripts.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Tell each request on standard error.")]


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"carson {version()}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    *,
    email: Annotated[str | None, typer.Option(help="Who signs in.")] = None,
    password: Annotated[
        str | None, typer.Option(help="Others may see it in the list of processes: better CARSON_PASSWORD.")
    ] = None,
    token: Annotated[str | None, typer.Option(help="Instead of a password; likewise better CARSON_TOKEN.")] = None,
    config: Annotated[Path | None, typer.Option(envvar="CARSON_CONFIG", help="Another ini file.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Simulated clouds in this process; no account needed.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,
    api_url: Annotated[str, typer.Option(envvar="CARSON_API_URL", hidden=True)] = aiocarson.DEFAULT_API_URL,
    eagle_eye_url: Annotated[
        str, typer.Option(envvar="CARSON_EAGLE_EYE_URL", hidden=True)
    ] = aiocarson.DEFAULT_EAGLE_EYE_URL,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Tell the version.")
    ] = False,
) -> None:
    context.obj = Options(
        given=Credentials(email=email, password=password, token=token),
        config=config,
        api_url=api_url.rstrip("/"),
        eagle_eye_url=eagle_eye_url,
        demo=demo,
        as_json=as_json,
        verbose=verbose,
    )


type Work = Callable[..., Awaitable[None]]


def command(name: str) -> Callable[[Work], Work]:
    """Make a command of a coroutine function, which gets a `Run` before its own parameters.

    `--json` and `-v` are added to every command, so that they may stand before it or after it.
    """

    def add(work: Work) -> Work:
        def run(context: typer.Context, *, as_json: bool, verbose: bool, **given: Any) -> None:
            options: Options = context.obj
            options = replace(options, as_json=options.as_json or as_json, verbose=options.verbose or verbose)
            raise typer.Exit(execute(options, lambda one: work(one, **given)))

        own = list(inspect.signature(work).parameters.values())[1:]
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [
            inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
            *(parameter.replace(kind=keyword) for parameter in own),
            inspect.Parameter("as_json", keyword, default=False, annotation=Json),
            inspect.Parameter("verbose", keyword, default=False, annotation=Verbose),
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        app.command(name, help=inspect.getdoc(work))(run)
        return work

    return add


def execute(options: Options, work: Callable[[Run], Awaitable[None]]) -> ExitCode:
    """Run a command to its end, whatever that is, and tell its exit code."""
    try:
        with traced(_tell if options.verbose else None), asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            code = runner.run(_work(options, work))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _end("Interrupted; nothing is left half-done", ExitCode.INTERRUPTED)
    except _SignalledError as err:
        return _end(str(err), err.code)
    except CommandError as err:
        return _end(sentence(err), err.code)
    except aiocarson.CarsonError as err:
        return _end(sentence(err), code_of(err))
    except BrokenPipeError:
        give_up_stdout()
        return _end("Nobody reads the output any more", ExitCode.BROKEN_PIPE)
    except OSError as err:
        give_up_stdout()
        code = ExitCode.HANGUP if err.errno == errno.EIO else ExitCode.CANNOT_WRITE
        return _end(sentence(err), code)
    return code


async def _work(options: Options, work: Callable[[Run], Awaitable[None]]) -> ExitCode:
    with _signals() as received:
        try:
            async with opened(options) as run:
                await work(run)
                return run.code
        except asyncio.CancelledError:
            if received:
                raise _SignalledError(received[0]) from None
            raise


class _SignalledError(Exception):
    """Another process, or the terminal, asked for an end."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Ended by {signal.Signals(number).name}; nothing is left half-done")
        self.code = ExitCode(128 + number)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Let SIGTERM and SIGHUP (a closed terminal) end the command as tidily as Ctrl-C does."""
    received: list[int] = []
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield received
        return

    def end(number: int) -> None:
        received.append(number)
        task.cancel()

    numbers = (signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, end, number)
    try:
        yield received
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _tell(text: str) -> None:
    with suppress(OSError, ValueError):  # the terminal may be gone
        print(text, file=sys.stderr, flush=True)


def _end(text: str, code: ExitCode) -> ExitCode:
    _tell(f"carson: {text if text.endswith(('.', '?', '!')) else f'{text}.'}")
    return code


def main(arguments: list[str] | None = None) -> int:
    """Run the command line, and tell its exit code."""
    from . import commands  # noqa: F401, PLC0415  # they add themselves to the app

    try:
        app(args=arguments, prog_name="carson")
    except SystemExit as err:
        return err.code if isinstance(err.code, int) else 1
    raise AssertionError  # pragma: no cover  # typer always exits
