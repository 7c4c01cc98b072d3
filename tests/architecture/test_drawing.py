"""The drawing in docs/architecture.md shows the present imports."""

from tests.architecture.conftest import MakeTree
from tests.architecture.drawing import DRAWING, ROOMS, arrows, draw, room_of
from tests.support.import_graph import ImportGraph


def test_drawing_is_up_to_date(product: ImportGraph) -> None:
    assert draw(product) == DRAWING.read_text(encoding="utf-8"), "run scripts/draw-architecture"


def test_every_room_has_modules(product: ImportGraph) -> None:
    assert [room.title for room in ROOMS if room not in {room_of(module) for module in product.modules}] == []


def test_implied_arrows_are_left_out(make_tree: MakeTree) -> None:
    folder = "custom_components/carson"
    tree = make_tree(
        {
            f"{folder}/lock.py": "from . import const\nfrom .entity import DoorEntity\n",
            f"{folder}/entity.py": "from .const import DOMAIN\n",
            f"{folder}/const.py": "",
        }
    )
    assert [(room.title, other.title) for room, other in arrows(tree)] == [
        ("platforms", "entities, devices"),
        ("entities, devices", "ground floor"),
    ]


def test_no_arrow_leads_upwards(product: ImportGraph) -> None:
    assert [(room.title, other.title) for room, other in arrows(product) if room.row > other.row] == []
