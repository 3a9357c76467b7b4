"""The list of mutations holds: each changes one line that is there, and its tests exist."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutate import mutated
from tests.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parent.parent
FAMILIES = {p.name for p in (ROOT / "nodes").iterdir() if (p / "__init__.py").exists()}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.file}: {m.new}")
def test_it_changes_one_line_that_is_there(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text("utf-8")
    changed = mutated(text, mutation)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))
    assert (ROOT / "tests" / mutation.tests.split()[0]).exists()


def test_there_are_enough_over_all_families() -> None:
    assert len(MUTATIONS) >= 60
    nodes = (m.file.split("/") for m in MUTATIONS if m.file.startswith("nodes/"))
    assert {family for _, family, *_ in nodes} == FAMILIES
