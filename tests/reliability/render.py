"""Render the fault matrix into docs/reliability.md: `python -m tests.reliability.render`."""

from pathlib import Path

from tests.reliability.faults import FAULTS
from tests.reliability.matrix import MATRIX
from tests.reliability.operations import OPERATIONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- matrix: made by tests/reliability/render.py -->\n", "<!-- end of matrix -->\n"


def tables() -> str:
    """Render one table for each operation."""
    lines: list[str] = []
    for operation in OPERATIONS:
        lines += [
            f"### {operation.title}",
            "",
            "| fault | user sees | left with, while it lasts | requests |",
            "|---|---|---|---|",
        ]
        for fault in FAULTS:
            if (cell := MATRIX[operation.name].get(fault.name)) is not None:
                lines.append(f"| {fault.title} | {cell.user} | {cell.state} | {cell.requests} |")
        lines.append("")
    return "\n".join(lines)


def rendered(text: str) -> str:
    """Put the tables in the place of those that stand in a text."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(rendered(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
