"""The faults of mutants.py can still be put into the code. That the tests notice them, `make mutants` tries."""

from __future__ import annotations

import ast

import pytest

from tests.store.sync.mutants import MUTANTS, ROOT, Mutant, mutate


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_changes_the_code_and_nothing_but_its_meaning(mutant: Mutant) -> None:
    text = (ROOT / mutant.path).read_text(encoding="utf-8")
    changed = mutate(text, mutant)
    assert changed != text
    ast.parse(changed)
