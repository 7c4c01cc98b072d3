"""Removes from a text of a cloud what identifies anybody."""

from collections.abc import Iterable, Mapping
import re

MAX_EXCERPT = 200
_MIN_SECRET = 3
_MIN_NUMBER = 4
_MAX_SECRETS = 20_000

_REMOVED = "…"
_PATTERNS = re.compile(
    r"[^\s@<>\"']+@[^\s@<>\"']+"  # e-mail addresses
    r"|eyJ[\w.-]{8,}"  # tokens
    r"|[\w-]{1,16}~[\w~-]{6,}"  # session keys
    r"|[a-z]{2,6}://[^\s<>\"']+"  # urls
    r"|\+?[0-9][0-9 ()./-]{6,}[0-9]"  # telephone numbers
    r"|\b[0-9a-f]{8,}\b"
    r"|[0-9]{4,}",
    re.ASCII | re.IGNORECASE,
)
_TAGS = re.compile(r"<(?:script|style)\b.*?(?:</(?:script|style)>|$)|<[^>]{0,500}>", re.DOTALL | re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+", re.ASCII)
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]+")

# Texts that say nothing about anybody, although they are values in the clouds' answers.
# fmt: off
PUBLIC_WORDS = frozenset(
    {
        "account", "always", "api", "as_believed", "asset", "attd", "authenticationerror", "bridge", "building",
        "buildings", "camera", "cameras", "carson", "date", "device", "devices", "different", "digits", "disabled",
        "door", "doors", "eagle", "eagle_eye", "eagle_eye_v2", "eagleeye", "email", "empty", "enabled", "erse",
        "error", "errors", "false", "fields", "flv", "float", "hex", "html", "id", "idle", "ids", "ignd", "image",
        "int", "invalid", "items", "jpeg", "json", "length", "lengths", "list", "live", "mca_camera", "missing",
        "mobile_camera", "mp4", "multiview_camera", "name", "names", "next", "no_answer", "none", "not_seen",
        "null", "object", "offline", "ok", "online", "open", "password", "path", "pending", "phone", "phone_number",
        "play", "png", "poll", "portfolio", "prev", "properties", "property", "recorded", "refused", "rental",
        "resident", "service", "session", "skipped", "smartair", "status", "step", "steps", "still", "str",
        "success", "switches", "text", "token", "true", "types", "unavailable", "unit", "unknown", "unreadable",
        "user", "uuid", "v3", "video", "word", "words",
    }
)
# In the excerpts of answers, words with capital letters may be names, unless they are among these.
_COMMON_WORDS = frozenset(
    {
        "a", "accepted", "access", "account", "address", "again", "allowed", "already", "amenity", "an", "and",
        "api", "app", "archiver", "asset", "auth", "authentication", "authorization", "authorized", "available",
        "bad", "bridge", "building", "camera", "cannot", "carson", "check", "client", "cloud", "cloudflare", "code",
        "connection", "contact", "content", "could", "credentials", "data", "database", "date", "day", "denied",
        "destination", "device", "digital", "disabled", "doctype", "document", "door", "eagle", "elapsed",
        "enabled", "error", "errors", "esn", "exceeded", "expired", "eye", "failed", "failure", "field",
        "forbidden", "found", "gateway", "generating", "gone", "has", "have", "html", "http", "id", "if", "image",
        "in", "incorrect", "internal", "invalid", "is", "it", "json", "key", "later", "length", "limit", "list",
        "locked", "login", "maintenance", "manager", "many", "match", "matching", "media", "message", "method",
        "missing", "moved", "must", "need", "network", "nginx", "no", "node", "none", "not", "null", "of", "on",
        "only", "open", "or", "page", "param", "parameter", "password", "path", "payment", "permanently",
        "permission", "please", "post", "privacy", "property", "proxy", "rate", "reason", "recording", "redirect",
        "refused", "rejected", "request", "requested", "required", "reservation", "resource", "response", "retry",
        "server", "service", "session", "sign", "signed", "something", "status", "stream", "subscription",
        "support", "supported", "suspended", "temporarily", "the", "this", "time", "timed", "timeout", "timestamp",
        "token", "too", "try", "type", "unable", "unauthorized", "unavailable", "unexpected", "unit", "unknown",
        "unprocessable", "unsupported", "update", "upgrade", "use", "used", "user", "username", "valid", "value",
        "version", "video", "was", "we", "went", "wrong", "you", "your",
    }
)
# fmt: on


class Cleaner:
    """Knows the values that the clouds sent, and removes them from texts."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._secrets: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def learn(self, value: object) -> None:
        """Remember all texts and numbers in a value, so that they are removed wherever they are quoted."""
        stack = [value]
        while stack and len(self._secrets) < _MAX_SECRETS:
            one = stack.pop()
            if isinstance(one, Mapping):
                stack.extend(one.values())
            elif isinstance(one, list | tuple):
                stack.extend(one)
            elif isinstance(one, str):
                self._add(one.strip())
            elif isinstance(one, int | float) and not isinstance(one, bool):
                self._add(str(one))

    def _add(self, text: str) -> None:
        for part in {text, *text.split()}:
            minimum = _MIN_NUMBER if part.replace(".", "").replace("-", "").isdigit() else _MIN_SECRET
            if len(part) >= minimum and part.lower() not in PUBLIC_WORDS:
                self._secrets.add(part.lower())

    def excerpt(self, body: bytes) -> str:
        """Return the beginning of an answer that was not understood, as a text without secrets and markup."""
        text = _TAGS.sub(" ", body[: 20 * MAX_EXCERPT].decode(errors="replace"))
        text = self.clean(_BLANKS.sub(" ", text).strip())
        return _WORDS.sub(lambda match: match[0] if _is_common(match[0]) else _REMOVED, text)[:MAX_EXCERPT]

    def clean_name(self, name: str) -> str:
        """Return the name of a field, unless it is a secret as a whole; numbers are our own counts."""
        return _REMOVED if name.lower() in self._secrets and not name.isdigit() else name

    def clean(self, text: str) -> str:
        """Return a text without secrets and what looks like one."""
        lowered = text.lower()
        found = sorted((secret for secret in self._secrets if secret in lowered), key=len, reverse=True)
        for secret in found:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _REMOVED, text, flags=re.IGNORECASE)
        return _PATTERNS.sub(_REMOVED, text)


def _is_common(word: str) -> bool:
    """Return whether a word of an excerpt is certainly no name: without capitals, or made of common words."""
    if word.islower():
        return True
    return word.isascii() and all(part.lower() in _COMMON_WORDS for part in _PARTS.findall(word))
