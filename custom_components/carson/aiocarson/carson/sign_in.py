"""Signing in to Carson: with the credentials, and no more often than after a rejection is polite (Protocol A.2)."""

from collections.abc import Callable, Mapping
import logging
import time

from aiohttp import hdrs
from yarl import URL

from ..errors import AuthenticationError, CarsonError, InvalidResponseError
from ..http.request import Pool, Request
from ..http.stats import Cloud
from ..http.transport import Transport
from .envelope import is_not_authenticated, unwrap
from .sign_in_pace import SignInPace
from .token import Credentials, Token, received_token

_LOGGER = logging.getLogger(__name__)

LOGIN = "auth/login/"


class SignIn:
    """Gets new tokens.

    Args:
        transport: Sends the requests.
        url: Where to sign in.
        headers: Those of every request to Carson.
        credentials: What to sign in with; without them, every attempt is a rejection.
        on_token: Called with each new token; what it raises is logged.
        pace: Decides when to try again after a rejection.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        url: URL,
        headers: Mapping[str, str],
        credentials: Credentials | None,
        on_token: Callable[[str], None] | None,
        pace: SignInPace,
    ) -> None:
        self._transport = transport
        self._url = url
        self._headers = headers
        self._credentials = credentials
        self._on_token = on_token
        self.pace = pace

    @property
    def is_possible(self) -> bool:
        """Whether there are credentials."""
        return self._credentials is not None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be in a message."""
        return () if self._credentials is None else (self._credentials.password, self._credentials.email)

    async def fetch_token(self) -> Token:
        """Sign in, unless Carson has just rejected that.

        Raises:
            AuthenticationError: Carson rejected the credentials now or a short while ago, or there are none.
            CannotConnectError: No usable response.
        """
        self.check_pace()
        return await self.sign_in()

    async def sign_in(self) -> Token:
        """Sign in, whatever was rejected before.

        Raises:
            AuthenticationError: Carson rejected the credentials, or there are none.
            CannotConnectError: No usable response.
        """
        if self._credentials is None:
            self.pace.record_refusal()
            raise self.token_rejected()
        response = await self._transport.read(
            Request(
                cloud=Cloud.CARSON,
                method=hdrs.METH_POST,
                url=self._url,
                headers=self._headers,
                body={"username": self._credentials.email, "password": self._credentials.password},
                time_limit=self._transport.timeouts.login,
                pool=Pool.COMMAND,
            )
        )
        if is_not_authenticated(response):
            self.pace.record_refusal()
            raise self._record(AuthenticationError("Carson rejected the email address or the password"))
        try:
            data = unwrap(response, f"/{LOGIN}", secrets=self.secrets)
        except CarsonError as err:
            raise self._record(err) from None
        text = data.get("token") if isinstance(data, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise self._record(InvalidResponseError("Carson's response to the sign-in has no token"))
        token = received_token(text.strip(), time.time())
        self._transport.stats.renewals[Cloud.CARSON] += 1
        self._tell(token)
        return token

    def check_pace(self) -> None:
        """Check that it is not too early to try again.

        Raises:
            AuthenticationError: Carson rejected the sign-in a short while ago.
        """
        if (seconds := self.pace.remaining_seconds) > 0:
            text = f"Carson rejected the sign-in; the next attempt is in {round(seconds)} s"
            raise self._record(AuthenticationError(text))

    def token_rejected(self) -> CarsonError:
        """Return the error of a token that Carson does not accept and that another attempt would not change."""
        if self.is_possible:
            return self._record(AuthenticationError("Carson rejected a token that it had just issued"))
        return self._record(AuthenticationError("Carson rejected the token, and there is no password to renew it"))

    def _tell(self, token: Token) -> None:
        """Tell the caller about a new token; what that raises must not keep a door from being opened."""
        if self._on_token is None:
            return
        try:
            self._on_token(token.value)
        except Exception as err:  # noqa: BLE001 - it is the caller's code
            _LOGGER.warning("The new token was not saved: on_token raised %s", type(err).__name__)

    def _record[E: CarsonError](self, error: E) -> E:
        return self._transport.stats.record_error(Cloud.CARSON, error)
