"""The commands, in the order of their use, and how a function becomes a command."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib import import_module
import inspect
from typing import Annotated, Any, Literal, override

import typer
from typer.core import TyperGroup

from .options import Options

SECTIONS: dict[str, dict[str, str]] = {
    "Account": {
        "login": "account.login",
        "logout": "account.logout",
        "status": "status.status",
        "whoami": "account.whoami",
        "buildings": "account.buildings",
    },
    "Doors": {
        "doors": "doors.doors",
        "open": "doors.open_door",
    },
    "Cameras": {
        "cameras": "cameras.cameras",
        "still": "cameras.still",
        "live": "live.live",
        "recordings": "recordings.recordings",
        "download": "download.download",
    },
    "Reservations": {
        "amenities": "amenities.amenities",
        "free": "amenities.free",
        "book": "amenities.book",
        "reservations": "amenities.reservations",
        "cancel": "amenities.cancel",
    },
    "Changes": {
        "changes": "changes.changes",
        "watch": "watch.watch",
    },
    "Troubleshooting": {
        "probe": "probe.probe",
        "raw": "raw.raw",
    },
}
"""Module and function of each command. A module is imported when its command, or the help, needs it."""

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"]}

COMMANDS = {name: place for section in SECTIONS.values() for name, place in section.items()}

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON: short for --format json.")]
Form = Literal["table", "tsv", "json"]
FORMAT_HELP = "Form of lists. Default: table on a terminal, tsv in a pipe or file."
FormatOption = Annotated[Form | None, typer.Option("--format", help=FORMAT_HELP)]
FieldsOption = Annotated[
    str | None, typer.Option("--fields", metavar="NAME,NAME", help="Only these fields of a list, in this order.")
]
VerboseOption = Annotated[bool, typer.Option("-v", "--verbose", help="Print each request to standard error.")]

EXAMPLES = (
    ("carson --demo doors", "try it without an account"),
    ("carson login", "sign in, and save the token"),
    ("carson open front", "open a door"),
    ("carson still lobby -o lobby.jpg", "save the newest picture"),
    ("carson download lobby --since 3h", "save the recordings of three hours"),
    ("carson doors --json", "for scripts"),
)
VARIABLES = (
    ("CARSON_EMAIL, CARSON_PASSWORD", "what to sign in with"),
    ("CARSON_TOKEN", "a token instead"),
    ("CARSON_CONFIG", "path of the ini file"),
    ("CARSON_FORMAT", "like --format"),
    ("NO_COLOR", "if set, there are no colors"),
)
EXIT_CODES = (
    ("0", "success"),
    ("1", "rejected by a cloud, or not confirmed by you"),
    ("2", "invalid input"),
    ("3", "not signed in"),
    ("4", "no connection, or an incomplete list"),
    ("5", "sent but not confirmed: check before trying again"),
    ("6", "no such still, recording, reservation or path"),
    ("7", "cannot be written"),
    ("8", "some of several downloads failed"),
    ("129, 130, 141, 143", "closed terminal, Ctrl-C, closed pipe, SIGTERM"),
)
DOCUMENTATION = "https://github.com/carson-home-assistant/carson/blob/main/docs/cli.md"


class CommandGroup(TyperGroup):
    """Commands in sections, each of which is imported when it is needed."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in the order of their use."""
        return list(COMMANDS)

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; None if there is none of this name."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.commands[cmd_name] = _make_command(cmd_name)
        return self.commands.get(cmd_name)

    @override
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands with the first sentence of their help."""
        width = formatter.width - max(map(len, COMMANDS)) - 6
        for title, names in SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl([(name, command.get_short_help_str(width)) for name, command in commands])

    @override
    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write examples, variables of the environment, exit codes, and where the documentation is."""
        for title, rows in (
            ("Examples", EXAMPLES),
            ("Environment variables", VARIABLES),
            ("Exit codes", EXIT_CODES),
            ("Documentation", ((DOCUMENTATION, ""),)),
        ):
            with formatter.section(title):
                formatter.write_dl(list(rows))


def _make_command(name: str) -> Any:
    """Return a coroutine function, which receives a `Context` before its own parameters, as a command.

    Every command also accepts the options about its output, so that they can be placed before or after its name.
    """
    module, _, attribute = COMMANDS[name].partition(".")
    function: Callable[..., Awaitable[None]] = getattr(import_module(f".commands.{module}", __package__), attribute)

    def execute(
        typer_context: typer.Context,
        *,
        as_json: bool,
        form: str | None,
        fields: str | None,
        verbose: bool,
        **arguments: Any,
    ) -> None:
        # Signing in, requesting and printing need what is slow to import.
        from .runner import run

        options: Options = typer_context.obj
        options = replace(
            options,
            form=("json" if as_json else form) or options.form,
            fields=options.fields if fields is None else fields,
            verbose=options.verbose or verbose,
        )
        raise typer.Exit(run(options, lambda context: function(context, **arguments)))

    own = list(inspect.signature(function).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("typer_context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(parameter.replace(kind=keyword) for parameter in own),
        inspect.Parameter("as_json", keyword, default=False, annotation=JsonOption),
        inspect.Parameter("form", keyword, default=None, annotation=FormatOption),
        inspect.Parameter("fields", keyword, default=None, annotation=FieldsOption),
        inspect.Parameter("verbose", keyword, default=False, annotation=VerboseOption),
    ]
    execute.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    execute.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT_SETTINGS)
    app.command(name, help=inspect.getdoc(function))(execute)
    return typer.main.get_command(app)
