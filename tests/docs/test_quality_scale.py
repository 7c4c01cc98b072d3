"""docs/quality-scale.md has every rule with its status, and its proofs exist."""

from pathlib import Path
import re

import yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "quality-scale.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([a-z-]+) \| (done|exempt|todo) \| (.*) \|$", PAGE, re.MULTILINE)


def test_statuses_are_those_of_the_integration() -> None:
    scale = yaml.safe_load((ROOT / "custom_components" / "carson" / "quality_scale.yaml").read_text("utf-8"))
    statuses = {rule: value if isinstance(value, str) else value["status"] for rule, value in scale["rules"].items()}
    assert {rule: status for rule, status, _ in ROWS} == statuses


def test_files_named_as_proofs_exist() -> None:
    named = {path for _, _, proof in ROWS for path in re.findall(r"`([\w./]+/[\w./]+|[\w.]+\.md)`", proof)}
    assert len(named) > 30
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_rule_that_is_done_has_a_proof() -> None:
    assert [rule for rule, status, proof in ROWS if status == "done" and "`" not in proof and "](" not in proof] == []
