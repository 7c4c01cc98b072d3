"""Requests to Carson's API: address, headers, token (Protocol A.1 to A.3)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
import logging
import time
from typing import Any

from aiohttp import hdrs
from yarl import URL

from ..errors import (
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    InvalidResponseError,
    OutcomeUnclearError,
    PermissionDeniedError,
    RateLimitError,
)
from ..http.credential import SharedCredential
from ..http.request import MAX_RETRIES, Pool, Request, Response
from ..http.stats import Cloud
from ..http.transport import Transport
from ..http.urls import parse_base_url
from .envelope import is_not_authenticated, unwrap
from .sign_in import LOGIN, SignIn
from .sign_in_pace import SignInPace
from .token import Credentials, Token, clean_token, received_token

_LOGGER = logging.getLogger(__name__)

OTHER_VERSIONS = ("v2.0.0", "v1.5.0", "v1.4.5")
"""What is tried once when ours is gone: the version of the amenities, and those that would come next (Protocol A.1)."""
# The account. A 401 to any other path means little: that to this one is about the token.
ME = "me/"
# For how many seconds the answer to a check of the token is valid for other requests.
_VERDICT_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AppIdentity:
    """What Carson's own app sends about itself (Protocol A.1). Whether Carson checks it is unknown."""

    user_agent: str = "okhttp/4.9.0"
    app_version: str = "2.1.5"
    device_type: str = "android"

    def headers(self) -> dict[str, str]:
        """Return the headers of every request to Carson."""
        return {
            hdrs.ACCEPT: "application/json",
            hdrs.USER_AGENT: self.user_agent,
            "X-App-Version": self.app_version,
            "X-Device-Type": self.device_type,
        }


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The answer to a check of a token; `at` is the time of the loop when it was requested."""

    token: Token
    at: float
    accepted: bool | None


class CarsonApi:
    """Sends requests to Carson with the token, and unwraps the responses.

    Args:
        transport: Sends the requests.
        api_url: Base URL without the version.
        version: Version of the API, which is part of the path.
        app: Provides the headers.
        credentials: For renewing the token, if available.
        token: The first token, if available.
        on_token: Called with each new token; what it raises is logged.
        pace: Decides when to try again after Carson has rejected the sign-in.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        api_url: str,
        version: str,
        app: AppIdentity,
        credentials: Credentials | None,
        token: str | None,
        on_token: Callable[[str], None] | None,
        pace: SignInPace | None = None,
    ) -> None:
        self.transport = transport
        self.pace = pace or SignInPace()
        self._root = parse_base_url(api_url)
        self._version = version
        self._headers = app.headers()
        self._sign_in = SignIn(
            transport,
            url=self._url(LOGIN),
            headers=self._headers,
            credentials=credentials,
            on_token=on_token,
            pace=self.pace,
        )
        self.token: SharedCredential[Token] = SharedCredential(
            self._sign_in.fetch_token,
            rejection_error=self._sign_in.token_rejected,
            rejection_cooldowns=(transport.timeouts.rejection_cooldown,),
        )
        if token and (first := received_token(clean_token(token), time.time())).is_sendable:
            self.token.set(first)
        self._no_early_renewal_before = 0.0
        self._checking = asyncio.Lock()
        self._untried_versions = [other for other in OTHER_VERSIONS if other != version]
        self._working_version: str | None = None
        self._verdict: _Verdict | None = None

    @property
    def can_renew(self) -> bool:
        """Whether the token can be renewed."""
        return self._sign_in.is_possible

    async def sign_in(self) -> Token:
        """Sign in, whether or not there is a token.

        Raises:
            AuthenticationError: Carson rejected the credentials, or there are none.
            CannotConnectError: No usable response.
        """
        token = await self._sign_in.sign_in()
        self.token.set(token)
        return token

    async def read(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        version: str | None = None,
        time_limit: float | None = None,
        retries: int = MAX_RETRIES,
    ) -> Any:
        """Send a request that changes nothing, and return the `data` of the response.

        Args:
            path: Below the version, with quoted segments.
            params: The query.
            version: Version of the API, if it is not the usual one.
            time_limit: Seconds in total; None for the usual limit.
            retries: After a 429 or a server error.

        Raises:
            AuthenticationError: The token was rejected and cannot be renewed.
            PermissionDeniedError: Carson rejects the token for this path, but not for the account itself.
            CannotConnectError: No usable response.
            RateLimitError: Too many requests.
            ApiError: Carson responded with an error.
        """
        request = Request(
            cloud=Cloud.CARSON,
            url=self._url(path, version),
            params=params or {},
            time_limit=self.transport.timeouts.read if time_limit is None else time_limit,
            retries=retries,
        )
        return self.unwrap(await self._read(request, path), path)

    async def read_account(self) -> Response:
        """Return the response about the account, to be unwrapped only if it is another one than before.

        Raises:
            CarsonError: As `read` does.
        """
        request = Request(cloud=Cloud.CARSON, url=self._url(ME), time_limit=self.transport.timeouts.read)
        return await self._read(request, ME)

    async def _read(self, request: Request, path: str) -> Response:
        if path != ME:
            # Nothing is known to have changed since Carson rejected the token.
            self._sign_in.check_pace()
        token = await self.token.get()
        self._renew_early(token)
        response = await self.transport.read(self._sign(request, token))
        if is_not_authenticated(response):
            response = await self._read_with_new_token(request, path, token)
        if response.ok:
            self.pace.record_success()
        return response

    async def send_command(
        self,
        path: str,
        *,
        method: str = hdrs.METH_POST,
        body: Mapping[str, Any] | None = None,
        version: str | None = None,
        time_limit: float | None = None,
        retry_on_401: bool = True,
    ) -> Any:
        """Send a request that changes something, at most once, and return the `data` of the response.

        Args:
            path: Below the version, with quoted segments.
            method: The HTTP method.
            body: Sent as JSON; None sends no body.
            version: Version of the API, if it is not the usual one.
            time_limit: Seconds in total, including a renewal of the token; None for the usual limit. A renewal
                that takes longer goes on for the next request.
            retry_on_401: Whether the command may be sent a second time after a 401 that certainly came before the
                cloud acted (Protocol D.9). That is only certain if the old token is rejected for reading as well
                while a new one is accepted, since Carson may respond with 401 after it has acted (Protocol C
                row 17). Otherwise, and always if this is False (Protocol A.7), the outcome of a 401 is unclear.

        Raises:
            OutcomeUnclearError: The command was sent, and its outcome is unknown.
            CannotConnectError: The command was certainly not applied.
            AuthenticationError: The token was rejected, for reading as well, and cannot be renewed.
            RateLimitError: Too many requests; the command was not applied.
            ApiError: Carson responded with an error.
        """
        request = Request(
            cloud=Cloud.CARSON,
            method=method,
            url=self._url(path, version),
            body=body,
            time_limit=self.transport.timeouts.command if time_limit is None else time_limit,
            pool=Pool.COMMAND,
        )
        deadline = asyncio.get_running_loop().time() + request.time_limit
        token = await self._token_for_command(deadline)
        response = await self._send_in_time(self._sign(request, token), deadline)
        if is_not_authenticated(response) if not retry_on_401 else response.status == 401:
            replacement = await self._replacement_token(token, deadline) if retry_on_401 else None
            if replacement is None:
                raise self._unclear_401(path)
            response = await self._send_in_time(self._sign(request, replacement), deadline)
            if response.status == 401:
                raise self._unclear_401(path)
        try:
            return self.unwrap(response, path)
        except InvalidResponseError as err:
            text = f"{err}, so the outcome is unknown"
        raise self.record_error(OutcomeUnclearError(text, has_response=True))

    async def find_working_version(self) -> str | None:
        """Return another version of the API that Carson supports for reading the account; each is tried only once."""
        while self._working_version is None and self._untried_versions and self.token.current is not None:
            version = self._untried_versions.pop(0)
            try:
                request = await self.signed_request(ME, version=version)
                request = replace(request, time_limit=self.transport.timeouts.token_probe, retries=0)
                data = self.unwrap(await self.transport.read(request), ME)
            except CarsonError:
                continue
            if isinstance(data, dict):
                self._working_version = version
        return self._working_version

    async def signed_request(self, path: str, *, version: str | None = None) -> Request:
        """Return a request that reads a path, with the present token; signs in first if there is none.

        Raises:
            CarsonError: There is no token.
        """
        request = Request(cloud=Cloud.CARSON, url=self._url(path, version), time_limit=self.transport.timeouts.read)
        return self._sign(request, await self.token.get())

    async def close(self) -> None:
        """Cancel the renewal of the token that is under way."""
        await self.token.close()

    def record_error[E: CarsonError](self, error: E) -> E:
        """Record an error, and return it to be raised."""
        return self.transport.stats.record_error(Cloud.CARSON, error)

    async def _read_with_new_token(self, request: Request, path: str, rejected: Token) -> Response:
        """Read a path again that responded with 401, if the token is what Carson rejected."""
        if path != ME:
            await self._check_token(rejected, path)
        token = await self.token.renew(rejected)
        response = await self.transport.read(self._sign(request, token))
        if not is_not_authenticated(response):
            return response
        if path != ME:
            await self._check_token(token, path)
        if self.pace.remaining_seconds == 0:
            self.pace.record_refusal()
        raise self.token.report_rejected(token)

    async def _check_token(self, token: Token, path: str) -> None:
        """Check that Carson rejects the token for the account as well, after a 401 to another path.

        Raises:
            PermissionDeniedError: It does not, so signing in again would not help.
            CannotConnectError: That is not known.
        """
        accepted = await self._verdict_on(token)
        if accepted:
            text = f"Carson responded to /{path} with 401, although it accepts the token"
            raise self.record_error(PermissionDeniedError(text, status=401))
        if accepted is None:
            raise self.record_error(CannotConnectError(f"Carson responded to /{path} with 401"))

    async def _verdict_on(self, token: Token) -> bool | None:
        """Return whether Carson accepts a token for the account; None if that is unknown. Asked once for many."""
        clock = asyncio.get_running_loop().time
        async with self._checking:
            verdict = self._verdict
            if verdict is not None and verdict.token is token and clock() - verdict.at < _VERDICT_SECONDS:
                return verdict.accepted
            at = clock()
            accepted = await self._accepts(token, at + self.transport.timeouts.token_probe, Pool.QUICK)
            self._verdict = _Verdict(token, at, accepted=accepted)
            return accepted

    async def _token_for_command(self, deadline: float) -> Token:
        """Return the token for a command. After a rejection, somebody who waits may hurry the next attempt.

        Raises:
            AuthenticationError: There is no token that Carson accepts.
            CannotConnectError: That could not be found out in time.
        """
        if not self.pace.is_refused:
            return await self._in_time(self.token.get(), deadline)
        self.pace.hurry()
        rejected = self.token.current
        token = await self._in_time(self.token.get(), deadline)
        if token is not rejected:
            return token
        if (accepted := await self._accepts(token, deadline)) is None:
            raise self.record_error(CannotConnectError("Carson did not say in time whether it accepts the token"))
        if accepted:
            self.pace.record_success()
            return token
        return await self._in_time(self.token.renew(token), deadline)

    def _renew_early(self, token: Token) -> None:
        """Renew a token that expires soon in the background, so that no command has to wait for it."""
        now = time.time()
        if not self.can_renew or token.renew_at is None or now < max(token.renew_at, self._no_early_renewal_before):
            return
        self._no_early_renewal_before = now + self.transport.timeouts.early_renewal_pause
        _LOGGER.debug("The token expires soon and is renewed")
        self.token.start_renewal()

    async def _in_time[ResultT](self, result: Awaitable[ResultT], deadline: float) -> ResultT:
        """Return a result that is needed before a command can be sent.

        Raises:
            CannotConnectError: It took too long.
        """
        try:
            async with asyncio.timeout_at(deadline):
                return await result
        except TimeoutError:
            pass
        raise self.record_error(CannotConnectError("Carson did not renew the sign-in in time"))

    async def _send_in_time(self, request: Request, deadline: float) -> Response:
        """Send a command unless it is too late.

        Raises:
            CannotConnectError: It was not sent.
            OutcomeUnclearError: It was sent, and its outcome is unknown.
        """
        remaining = deadline - asyncio.get_running_loop().time()
        if remaining <= 0:
            raise self.record_error(CannotConnectError("There was no time left to send the command"))
        return await self.transport.send_once(replace(request, time_limit=remaining))

    async def _replacement_token(self, token: Token, deadline: float) -> Token | None:
        """Return another token after a 401 to a command; None if the command may have been applied.

        A cloud may respond with 401 although the token is valid and it has acted (Protocol C row 17), or reject
        every token for a while. So the old token must be rejected for reading while another one is accepted.

        Raises:
            AuthenticationError: There is no other token.
        """
        if self.token.current is token and await self._accepts(token, deadline) is not False:
            return None
        try:
            other = await self._in_time(self.token.renew(token), deadline)
        except AuthenticationError:
            raise
        except CarsonError:
            return None
        accepts_other, accepts_old = await asyncio.gather(
            self._accepts(other, deadline), self._accepts(token, deadline)
        )
        return other if accepts_other is True and accepts_old is False else None

    async def _accepts(self, token: Token, deadline: float, pool: Pool = Pool.COMMAND) -> bool | None:
        """Return whether Carson accepts a token for reading; None if that is unknown."""
        remaining = deadline - asyncio.get_running_loop().time()
        time_limit = min(self.transport.timeouts.token_probe, remaining)
        request = Request(cloud=Cloud.CARSON, url=self._url(ME), time_limit=time_limit, retries=0, pool=pool)
        try:
            response = await self.transport.read(self._sign(request, token))
        except (CannotConnectError, RateLimitError):
            return None
        if is_not_authenticated(response):
            return False
        return True if response.ok else None

    def _unclear_401(self, path: str) -> OutcomeUnclearError:
        return self.record_error(OutcomeUnclearError(f"Carson responded to /{path} with 401", has_response=True))

    def _sign(self, request: Request, token: Token) -> Request:
        return replace(request, headers={**self._headers, hdrs.AUTHORIZATION: token.header})

    def _url(self, path: str, version: str | None = None) -> URL:
        # Every path ends in a slash (Protocol A.1); its segments are already quoted.
        return (self._root / (version or self._version)).joinpath(path, encoded=True)

    def unwrap(self, response: Response, path: str) -> Any:
        """Return the `data` of a response.

        Raises:
            CarsonError: As `read` does.
        """
        try:
            return unwrap(response, f"/{path}", secrets=self._secrets)
        except CarsonError as err:
            raise self.record_error(err) from None

    @property
    def _secrets(self) -> tuple[str, ...]:
        token = self.token.current
        return self._sign_in.secrets if token is None else (*self._sign_in.secrets, token.value)
