"""The rows of the table: figures of the floor, of the peers' way and of ours, with median and spread."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
import statistics
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of some samples, and the smallest and the largest."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A measure. A figure is None if there is no such thing, or the machine was too busy.

    Attributes:
        measure: What is measured.
        unit: The unit of the figures; R is a round trip.
        floor: What nothing can be better than, here and now.
        peers: The same work as most integrations do it: blocking, one request after the other, each over a new
            connection, one for each time somebody asks.
        ours: This integration.
        goal: What ours must not exceed.
        series: The name of the plot that shows the row.
        buildings: How many buildings the account has.
    """

    measure: str
    unit: str
    floor: Figure | None = None
    peers: Figure | None = None
    ours: Figure | None = None
    goal: float | None = None
    series: str | None = None
    buildings: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Row:
        """Return the row of JSON values."""
        figures = {
            name: None if values[name] is None else Figure(**values[name]) for name in ("floor", "peers", "ours")
        }
        return cls(**(values | figures))

    def cells(self) -> list[str]:
        """Return the row as texts."""
        return [
            self.measure,
            self._text(self.floor),
            self._text(self.peers),
            self._text(self.ours),
            _ratio(self.ours, self.floor),
            _ratio(self.peers, self.ours),
            "" if self.goal is None else f"≤ {_number(self.goal)} {self.unit}".rstrip(),
        ]

    def _text(self, figure: Figure | None) -> str:
        if figure is None:
            return "-"
        spread = "" if figure.low == figure.high else f" ({_number(figure.low)} to {_number(figure.high)})"
        return f"{_number(figure.median)} {self.unit}".rstrip() + spread


COLUMNS = ("measure", "floor", "peers' way", "ours", "ours / floor", "peers / ours", "goal")


def figure(samples: Sequence[float], scale: float = 1.0) -> Figure | None:
    """Return the figure of some samples, each multiplied by the scale; None if there are none."""
    values = [scale * sample for sample in samples]
    return Figure(statistics.median(values), min(values), max(values)) if values else None


def exact(value: float) -> Figure:
    """Return the figure of what is known without a measurement."""
    return Figure(value, value, value)


def markdown(rows: Sequence[Row]) -> str:
    """Return the table for a page."""
    lines = [COLUMNS, ("---", *("---:" for _ in COLUMNS[1:])), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _ratio(one: Figure | None, other: Figure | None) -> str:
    return "-" if one is None or other is None or not other.median else _number(one.median / other.median)
