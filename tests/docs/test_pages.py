"""The pages for people name each action with its fields, and each entity."""

import json
from pathlib import Path
import re

import yaml

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "carson"
ENGLISH = json.loads((INTEGRATION / "translations" / "en.json").read_text("utf-8"))


def test_each_action_is_described_with_its_fields() -> None:
    page = (ROOT / "docs" / "actions.md").read_text("utf-8")
    sections = dict(re.findall(r"^## `carson\.(\w+)`\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))
    described = {
        name: dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", text, re.MULTILINE)) for name, text in sections.items()
    }
    actions = yaml.safe_load((INTEGRATION / "services.yaml").read_text("utf-8"))
    assert described == {
        name: {field: "yes" if about.get("required") else "no" for field, about in action.get("fields", {}).items()}
        for name, action in actions.items()
    }
    for name, text in sections.items():
        assert ("Target:" in text) is ("target" in actions[name]), name
        (example,) = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        given = yaml.safe_load(example)
        assert given["action"] == f"carson.{name}"
        required = {field for field, needed in described[name].items() if needed == "yes"}
        assert required <= set(given.get("data", {})) <= set(described[name])


def test_each_entity_is_described() -> None:
    page = (ROOT / "docs" / "devices.md").read_text("utf-8")
    names = {
        entity["name"] for platform in ENGLISH["entity"].values() for entity in platform.values() if "name" in entity
    }
    assert len(names) > 10
    assert {name for name in names if name not in page} == set()


def test_each_blueprint_is_described_in_its_own_words() -> None:
    page = (ROOT / "docs" / "blueprints.md").read_text("utf-8")
    for path in (ROOT / "blueprints").rglob("*.yaml"):
        # Its inputs have a tag of Home Assistant's.
        about = yaml.safe_load(path.read_text("utf-8").partition("\nmode:")[0])["blueprint"]
        assert f"## {about['name']}\n\n{about['description'].strip()}" in page, path.name
        assert path.name in page


def test_readme_is_short_and_leads_to_every_page() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 120
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    linked = set(re.findall(r"\]\(docs/([\w-]+\.md)", text))
    # These are reached from the pages about the library, the command line and the code.
    assert pages - linked <= {"cli-json.md", "cloud-protocol.md", "fault-matrix.md", "package.md", "token.md"}
