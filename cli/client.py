"""aiocarson, wherever it is: installed beside this package, or in the checkout.

The checkout keeps it inside the integration, whose package needs Home Assistant; so it is loaded from there by
its own name. There is one copy of its files either way.
"""

from importlib import import_module, metadata, util
import json
from pathlib import Path
import sys
from types import ModuleType
from typing import TYPE_CHECKING

_CHECKOUT = Path(__file__).parent.parent
_COMPONENT = _CHECKOUT / "custom_components" / "carson"


def _load(folder: Path) -> ModuleType:
    if "aiocarson" in sys.modules:
        return sys.modules["aiocarson"]
    spec = util.spec_from_file_location("aiocarson", folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:  # pragma: no cover  # a file name that ends in .py has a loader
        raise ImportError("aiocarson cannot be loaded")
    module = util.module_from_spec(spec)
    sys.modules["aiocarson"] = module
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from custom_components.carson import aiocarson as aiocarson  # noqa: PLC0414  # for the others to import from here
elif (_COMPONENT / "aiocarson").is_dir():
    aiocarson = _load(_COMPONENT / "aiocarson")
else:  # pragma: no cover  # shown by the test that installs the wheel
    aiocarson = import_module("aiocarson")


def version() -> str:
    """The one version number, of the installed package or of the checkout."""
    manifest = _COMPONENT / "manifest.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text("utf-8"))["version"])
    return metadata.version("aiocarson")  # pragma: no cover  # as above
