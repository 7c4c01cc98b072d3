"""What a command works with: the options, the output, and the client."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
import sys

import aiocarson
from aiocarson.defaults import DEFAULT_EAGLE_EYE_URL
from aiocarson.http.timeouts import Timeouts

from . import prompts
from .credentials import Credentials, TokenFile
from .demo import RESIDENT, demo_clouds
from .exit_codes import CommandError, ExitCode
from .name_cache import Names, save_names
from .options import Options
from .output import Output
from .sources import api_url, find_credentials, token_file

TIMEOUTS = Timeouts()


class Context:
    """What a command works with.

    Attributes:
        options: The options that apply to every command.
        output: Where results and messages are printed.
        exit_code: The exit code of the command, unless it fails with an error.
        email: The e-mail address of the account, if known.
        kept: What is kept although the command has ended early, as a clause; None if that is nothing.
        order: What was certainly carried out, as a sentence; nothing that fails afterwards changes the exit code.
    """

    def __init__(self, options: Options, stack: AsyncExitStack) -> None:
        """Initialize the context; the stack closes what the context opens."""
        self.options = options
        self.output = Output(form=options.form, fields=options.fields)
        self.exit_code = ExitCode.OK
        self.email: str | None = None
        self.order: str | None = None
        self.kept: str | None = None
        self._stack = stack
        self._client: aiocarson.Carson | None = None

    def carried_out(self, order: str, result: object) -> None:
        """Print that an order was carried out. If that fails, the exit code is still that of the order."""
        self.order = order
        self.output.print(order)
        self.output.json(result)

    def prompt(self, label: str, *, secret: bool = False) -> str:
        """Prompt for a text; the input of a secret is not shown.

        Raises:
            CommandError: Nothing was entered.
        """
        self.output.sign_of_life.clear()
        return prompts.prompt(label, secret=secret)

    def confirm(self, question: str) -> bool:
        """Prompt for yes or no; the end of the input counts as no."""
        self.output.sign_of_life.clear()
        return prompts.confirm(question)

    @property
    def token_file(self) -> TokenFile:
        """The file in which the token for this API is saved."""
        return token_file(self.options)

    def credentials(self, *, use_token: bool = True) -> Credentials:
        """Return the credentials from all sources; what is missing is prompted for.

        Args:
            use_token: Whether a token is sufficient; otherwise e-mail address and password are required.

        Raises:
            CommandError: Something is missing, and there is no terminal to prompt on.
        """
        options = self.options
        if options.demo:
            return RESIDENT
        found = find_credentials(options, use_token=use_token)
        if found.complete and (use_token or found.password is not None):
            return found
        if not sys.stdin.isatty():
            raise CommandError(
                "Not signed in. Run `carson login` in a terminal, or set CARSON_EMAIL and CARSON_PASSWORD, "
                "or CARSON_TOKEN",
                ExitCode.SIGN_IN,
            )
        email = found.email or self.prompt("Email or phone number")
        return Credentials(
            email=email, password=found.password or self.prompt("Password", secret=True), token=found.token
        )

    async def client(self, *, use_token: bool = True) -> "aiocarson.Carson":
        """Return the client; the first call creates it, without sending a request."""
        if self._client is None:
            self._client = await self._create_client(use_token=use_token)
        return self._client

    async def get_account(self) -> aiocarson.Account:
        """Return the account, and save its names for the completion in the shell.

        Raises:
            CarsonError: It could not be fetched.
        """
        account = await (await self.client()).get_account()
        save_names(self.options, Names.of(account.buildings))
        return account

    async def client_with(self, token: str) -> "aiocarson.Carson":
        """Return a client with this token and nothing else."""
        return await self._open_client(Credentials(token=token), use_token=True)

    async def _create_client(self, *, use_token: bool) -> "aiocarson.Carson":
        credentials = self.credentials(use_token=use_token)
        self.email = credentials.email
        return await self._open_client(credentials, use_token=use_token)

    async def _open_client(self, credentials: Credentials, *, use_token: bool) -> "aiocarson.Carson":
        carson_url, eagle_eye_url = api_url(self.options), self.options.eagle_eye_url or DEFAULT_EAGLE_EYE_URL
        if self.options.demo:
            simulator = await self._stack.enter_async_context(demo_clouds())
            carson_url, eagle_eye_url = simulator.api_url, simulator.eagle_eye_url
        return await self._stack.enter_async_context(
            aiocarson.Carson(
                email=credentials.email,
                password=credentials.password,
                token=credentials.token if use_token else None,
                api_url=carson_url,
                eagle_eye_url=eagle_eye_url,
                on_token=self._token_saver(credentials.email) if use_token else None,
                timeouts=TIMEOUTS.limited_to(self.options.timeout_seconds),
            )
        )

    def _token_saver(self, email: str | None) -> Callable[[str], None]:
        """Return a callback that saves a renewed token, if a token of this account has been saved before."""

        def save(token: str) -> None:
            saved = self.token_file.read()
            if not self.options.demo and saved.token is not None and saved.email == email:
                try:
                    self.token_file.write(email, token)
                except CommandError as err:
                    self.output.status(f"The renewed token was not saved, so the next command signs in again. {err}.")

        return save


@asynccontextmanager
async def open_context(options: Options) -> AsyncGenerator[Context]:
    """Create a context, and close the client and the demo in the end."""
    async with AsyncExitStack() as stack:
        yield Context(options, stack)
