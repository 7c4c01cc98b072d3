"""The page of the fault matrix shows the table that is tested."""

from tests.reliability.faults import FAULTS
from tests.reliability.matrix import MATRIX, applies
from tests.reliability.operations import OPERATIONS
from tests.reliability.render import DOCUMENT, rendered


def test_page_is_up_to_date() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert rendered(text) == text, "run python -m tests.reliability.render"


def test_no_cell_is_missing_or_superfluous() -> None:
    assert {name: set(row) for name, row in MATRIX.items()} == {
        operation.name: {fault.name for fault in FAULTS if applies(operation.name, fault)} for operation in OPERATIONS
    }
