"""The options that apply to every command."""

from dataclasses import dataclass, field
from pathlib import Path

from .credentials import Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options that apply to every command.

    Attributes:
        credentials: Credentials given as options.
        config: Path of an ini file other than the default one.
        api_url: Base URL of Carson's API; None for the real one.
        eagle_eye_url: Base URL of Eagle Eye's API; None for the real one.
        demo: Whether to use simulated clouds in this process.
        form: `table`, `tsv` or `json`; None for what fits the output.
        fields: The fields of a list that are printed, separated by commas; None for all.
        verbose: Whether to print each request.
        timeout_seconds: How long each request may take at most; None for the usual durations.
    """

    credentials: Credentials = field(default_factory=Credentials)
    config: Path | None = None
    api_url: str | None = None
    eagle_eye_url: str | None = None
    demo: bool = False
    form: str | None = None
    fields: str | None = None
    verbose: bool = False
    timeout_seconds: float | None = None
