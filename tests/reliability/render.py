"""Renders the fault matrix into docs/fault-matrix.md: `python -m tests.reliability.render`."""

from pathlib import Path

from tests.reliability.faults import FAULTS
from tests.reliability.matrix import MATRIX
from tests.reliability.operations import OPERATIONS

DOCUMENT = Path(__file__).parents[2] / "docs" / "fault-matrix.md"
BEGIN, END = "<!-- matrix: rendered by tests/reliability/render.py -->\n", "<!-- end of matrix -->\n"


def tables() -> str:
    """Return one table for each operation."""
    lines: list[str] = []
    for operation in OPERATIONS:
        lines += [
            f"## {operation.title}",
            "",
            f"The fault affects {operation.affected}.",
            "",
            "| fault | the user sees | while the fault lasts | requests |",
            "|---|---|---|---|",
        ]
        for fault in FAULTS:
            if (cell := MATRIX[operation.name].get(fault.name)) is not None:
                lines.append(f"| {fault.title} | {cell.user} | {cell.state} | {cell.requests} |")
        lines.append("")
    return "\n".join(lines)


def rendered(text: str) -> str:
    """Return a text with its tables replaced by the current ones."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(rendered(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
