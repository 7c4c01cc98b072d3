"""The folders of the configuration, the saved state and the cache, where the operating system has them."""

from pathlib import Path

import platformdirs

_NAME = "carson"


def config_folder() -> Path:
    """Return the folder of the ini file and the saved token.

    On Linux, and where an earlier version has saved files there, it is `~/.config/carson` or below XDG_CONFIG_HOME.
    """
    return _folder(platformdirs.user_config_path(_NAME, appauthor=False), Path.home() / ".config" / _NAME)


def state_folder() -> Path:
    """Return the folder of what `carson changes` compares with; as above, with `~/.local/state/carson`."""
    return _folder(platformdirs.user_state_path(_NAME, appauthor=False), Path.home() / ".local" / "state" / _NAME)


def cache_folder() -> Path:
    """Return the folder of what can be fetched again."""
    return platformdirs.user_cache_path(_NAME, appauthor=False)


def _folder(usual: Path, earlier: Path) -> Path:
    return earlier if earlier.is_dir() and not usual.is_dir() else usual
