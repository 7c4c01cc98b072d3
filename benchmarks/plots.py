"""Plots of how measures grow with the number of buildings."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

from .rows import Figure, Row

_IMAGES = Path("docs/images")
_LINES = (
    ("floor", "floor", "#5b6b7b", "--"),
    ("peers", "peers' way", "#b0413e", "-"),
    ("ours", "this integration", "#1f6feb", "-"),
)
_PLOTS = {
    "performance-time": (
        "Fetching, round trips",
        "Set-up in Home Assistant, round trips",
    ),
    "performance-updates": (
        "Update without a change, ms of CPU per building",
        "Longest block of the loop during an update without a change, ms",
        "Longest block of the loop when 1 % of the doors have changed, ms",
        "States written when 1 % of the doors have changed",
    ),
    "performance-memory": (
        "Memory per door or camera, KiB",
        "Memory per door or camera beyond Home Assistant's own, KiB",
    ),
}


def draw(rows: Sequence[Row]) -> None:
    """Draw all plots."""
    # The same figures give the same file.
    mpl.rcParams.update({"svg.hashsalt": "carson", "svg.fonttype": "none", "font.size": 9})
    for name, titles in _PLOTS.items():
        plots = [(title, [row for row in rows if row.series == title]) for title in titles]
        _draw(_IMAGES / f"{name}.svg", plots)


def _draw(path: Path, plots: Sequence[tuple[str, Sequence[Row]]]) -> None:
    columns = 2
    lines = -(-len(plots) // columns)
    figure, axes = plt.subplots(lines, columns, figsize=(10, 3.4 * lines), squeeze=False)
    for axis, (title, rows) in zip(axes.flat, plots, strict=False):
        axis.set_title(title, fontsize=9)
        for key, label, color, style in _LINES:
            points: list[tuple[int | None, Figure]] = [
                (row.buildings, found) for row in rows if (found := getattr(row, key)) is not None
            ]
            if not points:
                continue
            buildings = [number for number, _ in points]
            medians = [found.median for _, found in points]
            spread = [
                [found.median - found.low for _, found in points],
                [found.high - found.median for _, found in points],
            ]
            axis.errorbar(
                buildings, medians, spread, label=label, color=color, linestyle=style, marker="o", ms=4, capsize=2
            )
        goals = [(row.buildings, row.goal) for row in rows if row.goal is not None]
        if goals:
            axis.plot(*zip(*goals, strict=True), marker="_", ms=14, mew=2, color="#2e7d32", linestyle="", label="goal")
        axis.set_xlabel("buildings, each with ten doors and ten cameras")
        axis.set_xlim(left=0)
        # A single sample far off would flatten everything else; the table has it.
        shown = [found.median for row in rows for found in (row.floor, row.peers, row.ours) if found is not None]
        axis.set_ylim(0, 1.25 * max([*shown, *(goal for _, goal in goals)], default=1))
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    print(f"Drawn: {path}")
