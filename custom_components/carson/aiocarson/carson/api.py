"""Requests to Carson's own API: address, headers, token, envelope (Protocol A.1 to A.3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import hdrs
from yarl import URL

from ..errors import (
    ApiError,
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnclearError,
    PermissionDeniedError,
    RateLimitError,
)
from ..http.coerce import as_int, clean_reason
from ..http.credential import SharedCredential
from ..http.request import MAX_REPEATS, Request, Response
from ..http.stats import Cloud
from ..http.transport import Transport, parse_retry_after
from ..http.urls import parse_base_url
from .token import Credentials, Token, clean_token

DEFAULT_API_URL = "https://api.carson.live/api"
API_VERSION = "v1.4.4"

NOT_AUTHENTICATED = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class AppIdentity:
    """What Carson's own app says about itself (Protocol A.1); whether anybody checks it is not known."""

    user_agent: str = "okhttp/4.9.0"
    app_version: str = "2.1.5"
    device_type: str = "android"

    def headers(self) -> dict[str, str]:
        """The headers of every request to Carson."""
        return {
            hdrs.ACCEPT: "application/json",
            hdrs.USER_AGENT: self.user_agent,
            "X-App-Version": self.app_version,
            "X-Device-Type": self.device_type,
        }


class CarsonApi:
    """Sends requests to Carson with the token, and unwraps the envelope of the answers.

    Args:
        transport: Does the HTTP.
        api_url: Base url without the version.
        version: Version of the API, part of the path.
        app: What the headers say.
        credentials: To renew the token with, if there are any.
        token: A token to begin with.
        on_token: Called with each new token.
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
    ) -> None:
        self.transport = transport
        self._root = parse_base_url(api_url)
        self._version = version
        self._headers = app.headers()
        self._credentials = credentials
        self._on_token = on_token
        self.token: SharedCredential[Token] = SharedCredential(
            self._new_token, refused=self._token_refused, cool_down=transport.timeouts.rejection_cooldown
        )
        if token:
            self.token.set(Token(clean_token(token)))

    @property
    def can_renew(self) -> bool:
        """Whether there is a password to sign in with."""
        return self._credentials is not None

    async def sign_in(self) -> Token:
        """Sign in, whether or not there is a token.

        Raises:
            AuthenticationError: Carson refused the credentials, or there are none.
            CannotConnectError: No usable answer.
        """
        token = await self._new_token()
        self.token.set(token)
        return token

    async def read(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        version: str | None = None,
        seconds: float | None = None,
        repeats: int = MAX_REPEATS,
    ) -> Any:
        """Ask for something that changes nothing; hand out the `data` of the answer.

        Args:
            path: Below the version, its segments quoted.
            params: The query.
            version: Another version of the API than the usual one.
            seconds: Allowed in all; None for the usual time.
            repeats: After a 429 or a server error.

        Raises:
            AuthenticationError: The token is refused and cannot be renewed.
            CannotConnectError: No usable answer.
            RateLimitError: Carson asks for fewer requests.
            ApiError: Carson refused.
        """
        request = Request(
            cloud=Cloud.CARSON,
            url=self._url(path, version),
            params=params or {},
            seconds=self.transport.timeouts.read if seconds is None else seconds,
            repeats=repeats,
        )
        token = await self.token.get()
        answer = await self.transport.read(self._signed(request, token))
        if _not_authenticated(answer):
            token = await self.token.renew(token)
            answer = await self.transport.read(self._signed(request, token))
            if _not_authenticated(answer):
                raise self.token.refused(token)
        return self._unwrap(answer, path)

    async def order(
        self,
        path: str,
        *,
        method: str = hdrs.METH_POST,
        body: Mapping[str, Any] | None = None,
        version: str | None = None,
        again_after_401: bool = True,
    ) -> Any:
        """Give an order that is carried out once or not at all, and hand out the `data` of the answer.

        Args:
            path: Below the version, its segments quoted.
            method: HTTP method.
            body: Sent as JSON; None sends none.
            version: Another version of the API than the usual one.
            again_after_401: A 401 says that the order was refused before anybody acted, and is the one case in
                which it is sent again (Protocol D.9), once the token is refused for reading, too, while another
                one is taken: Carson may stumble over it after having acted (Protocol C row 17). Otherwise, and
                always where this is False (Protocol A.7), a 401 leaves the outcome unclear.

        Raises:
            OutcomeUnclearError: It was sent, and what became of it is not known.
            CannotConnectError: It was certainly not carried out.
            AuthenticationError: The token is refused, for reading as well, and so is the renewal.
            RateLimitError: Carson asks for fewer requests; not carried out.
            ApiError: Carson refused.
        """
        request = Request(
            cloud=Cloud.CARSON,
            method=method,
            url=self._url(path, version),
            body=body,
            seconds=self.transport.timeouts.command,
        )
        token = await self.token.get()
        answer = await self.transport.send_once(self._signed(request, token))
        if _not_authenticated(answer) if not again_after_401 else answer.status == 401:
            successor = await self._successor(token) if again_after_401 else None
            if successor is None:
                raise self._unclear_401(path)
            answer = await self.transport.send_once(self._signed(request, successor))
            if answer.status == 401:
                raise self._unclear_401(path)
        try:
            return self._unwrap(answer, path)
        except InvalidResponseError as err:
            text = f"{err}: whether the order was carried out is not known"
        raise self._noted(OutcomeUnclearError(text, answered=True))

    async def _successor(self, token: Token) -> Token | None:
        """Get another token after a 401 for an order, if that 401 surely came before anybody acted.

        A cloud may stumble over a good token after it has carried the order out (Protocol C row 17), or refuse
        every token for a while. So the old one must be refused for reading at a time when another one is taken.

        Raises:
            AuthenticationError: There is no other token.
        """
        if self.token.key is token and await self._takes(token) is not False:
            return None
        try:
            other = await self.token.renew(token)
        except AuthenticationError:
            raise
        except CarsonError:
            return None
        return other if await self._takes(other) is True and await self._takes(token) is False else None

    async def _takes(self, token: Token) -> bool | None:
        """Tell whether a token is good for reading; None if that cannot be told."""
        seconds = self.transport.timeouts.token_probe
        request = Request(cloud=Cloud.CARSON, url=self._url("me/"), seconds=seconds, repeats=0)
        try:
            answer = await self.transport.read(self._signed(request, token))
        except CannotConnectError, RateLimitError:
            return None
        if _not_authenticated(answer):
            return False
        return True if answer.ok else None

    def _unclear_401(self, path: str) -> OutcomeUnclearError:
        return self._noted(OutcomeUnclearError(f"Carson refused the token when asked for /{path}", answered=True))

    def _signed(self, request: Request, token: Token) -> Request:
        return replace(request, headers={**self._headers, hdrs.AUTHORIZATION: token.header})

    async def _new_token(self) -> Token:
        if self._credentials is None:
            raise self._token_refused()
        answer = await self.transport.read(
            Request(
                cloud=Cloud.CARSON,
                method=hdrs.METH_POST,
                url=self._url("auth/login/"),
                headers=self._headers,
                body={"username": self._credentials.email, "password": self._credentials.password},
                seconds=self.transport.timeouts.login,
            )
        )
        if _not_authenticated(answer):
            raise self._noted(AuthenticationError("Carson refused the e-mail address or the password"))
        data = self._unwrap(answer, "auth/login/")
        text = data.get("token") if isinstance(data, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise self._noted(InvalidResponseError("Carson's answer to the sign-in holds no token"))
        token = Token(text.strip())
        self.transport.stats.renewals[Cloud.CARSON] += 1
        if self._on_token is not None:
            self._on_token(token.value)
        return token

    def _url(self, path: str, version: str | None = None) -> URL:
        # Every path ends in a slash (Protocol A.1); its segments are quoted already.
        return (self._root / (version or self._version)).joinpath(path, encoded=True)

    def _token_refused(self) -> CarsonError:
        if self._credentials is not None:
            return self._noted(AuthenticationError("Carson refused a token that it had just issued"))
        return self._noted(
            AuthenticationError("Carson asks for a valid token, and there is no password to get one with")
        )

    def _noted[E: CarsonError](self, error: E) -> E:
        return self.transport.stats.record_error(Cloud.CARSON, error)

    def _unwrap(self, answer: Response, path: str) -> Any:
        """Check status and envelope, hand out `data`."""
        try:
            return unwrap(answer, f"/{path}", secrets=self._secrets())
        except CarsonError as err:
            raise self._noted(err) from None

    def _secrets(self) -> tuple[str, ...]:
        token = () if self.token.key is None else (self.token.key.value,)
        return token if self._credentials is None else (self._credentials.password, self._credentials.email, *token)


def unwrap(answer: Response, title: str, *, secrets: tuple[str, ...] = ()) -> Any:
    """Check the status and the envelope of an answer, and hand out its `data`.

    Args:
        answer: What came.
        title: What was asked for, for the texts of errors.
        secrets: What the reason of an error must not quote.

    Raises:
        ApiError: Refused, by status or by envelope.
        RateLimitError: Status 429.
        InvalidResponseError: A success, but no envelope.
    """
    if answer.status == 204:
        return None
    envelope = _envelope(answer)
    code = as_int(envelope.get("code"))
    if not answer.ok:
        raise _refusal(answer, title, code, clean_reason(envelope.get("msg"), *secrets))
    if code is None or "status" not in envelope or "data" not in envelope:
        answer.json()
        raise InvalidResponseError(f"Carson's answer to {title} has no complete envelope")
    if code != 0:
        text = f"Carson refused {title} (code {code})"
        raise ApiError(text, status=answer.status, code=code, reason=clean_reason(envelope.get("msg"), *secrets))
    return envelope["data"]


def _refusal(answer: Response, title: str, code: int | None, reason: str | None) -> CarsonError:
    status = answer.status
    if status == 429:
        return RateLimitError(
            f"Carson asks for fewer requests than {title}",
            retry_after=parse_retry_after(answer.headers.get(hdrs.RETRY_AFTER)),
        )
    if status < 400:
        return ApiError(f"Carson answered {title} with a redirect, which is not followed", status=status)
    kind = {403: PermissionDeniedError, 404: NotFoundError}.get(status, ApiError)
    told = f"status {status}" if code is None else f"status {status}, code {code}"
    return kind(f"Carson refused {title} ({told})", status=status, code=code, reason=reason)


def _envelope(answer: Response) -> Mapping[str, Any]:
    try:
        value = answer.json()
    except InvalidResponseError:
        return {}
    return value if isinstance(value, dict) else {}


def _not_authenticated(answer: Response) -> bool:
    return answer.status == 401 or (answer.ok and as_int(_envelope(answer).get("code")) == NOT_AUTHENTICATED)
