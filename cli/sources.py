"""Where credentials come from, in the order of their precedence."""

import os

from aiocarson.defaults import DEFAULT_API_URL

from .credentials import TOKEN_FILE, Credentials, TokenFile, from_environment, from_ini, merge
from .folders import config_folder
from .options import Options


def api_url(options: Options) -> str:
    """Return the base URL of Carson's API."""
    return (options.api_url or DEFAULT_API_URL).rstrip("/")


def token_file(options: Options) -> TokenFile:
    """Return the file in which the token for this API is saved."""
    folder = options.config.parent if options.config else config_folder()
    return TokenFile(folder / TOKEN_FILE, api_url(options))


def find_credentials(options: Options, *, use_token: bool = True) -> Credentials:
    """Return the credentials from all sources; some of them may be missing.

    Args:
        options: The options of the user.
        use_token: Whether a saved token is a source.

    Raises:
        CommandError: A file cannot be read, or others can read the secrets in it.
    """
    path = options.config or config_folder() / "carson.ini"
    sources = [
        options.credentials,
        from_environment(os.environ),
        from_ini(path, required=options.config is not None),
    ]
    if use_token:
        sources.append(token_file(options).read())
    return merge(*sources)
