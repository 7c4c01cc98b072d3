"""The options that apply to every command."""

from dataclasses import dataclass, field
from pathlib import Path

from aiocarson.carson.api import DEFAULT_API_URL
from aiocarson.eagle_eye.client import DEFAULT_EAGLE_EYE_URL

from .credentials import Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options that apply to every command.

    Attributes:
        credentials: Credentials given as options.
        config: Path of an ini file other than the default one.
        api_url: Base URL of Carson's API.
        eagle_eye_url: Base URL of Eagle Eye's API.
        demo: Whether to use simulated clouds in this process.
        as_json: Whether to print JSON instead of text.
        verbose: Whether to print each request.
    """

    credentials: Credentials = field(default_factory=Credentials)
    config: Path | None = None
    api_url: str = DEFAULT_API_URL
    eagle_eye_url: str = DEFAULT_EAGLE_EYE_URL
    demo: bool = False
    as_json: bool = False
    verbose: bool = False
