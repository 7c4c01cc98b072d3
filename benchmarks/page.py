"""Writes the table of docs/performance.md, and draws its plots: `scripts/bench --page`."""

import json
from pathlib import Path
import re
import sys

from .plots import draw
from .rows import Row, markdown

_PAGE = Path("docs/performance.md")
_TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)", re.DOTALL)


def main() -> None:
    """Write what a file of scripts/bench says into the page."""
    report = Path(sys.argv[1] if len(sys.argv) > 1 else "artifacts/performance.json")
    measured = json.loads(report.read_text("utf-8"))
    rows = [Row.from_json(row) for one in measured.values() for row in one["rows"]]
    text, found = _TABLE.subn(lambda _: f"\n{markdown(rows)}\n\n", _PAGE.read_text("utf-8"))
    assert found == 1
    _PAGE.write_text(text, "utf-8")
    draw(rows)


if __name__ == "__main__":
    main()
