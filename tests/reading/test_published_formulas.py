"""Gradients as people write them (`published_formulas.toml`), read and evaluated against the engine's own."""

import random
import tomllib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from typed import record

from tinygrad_edu.engine.backward import ancestors, sweep
from tinygrad_edu.errors import MisfitError, UnreadableError
from tinygrad_edu.paper.sizes import Sizes
from tinygrad_edu.reading import read

pytest.importorskip("lark")
GROUPS = tomllib.loads((Path(__file__).parent / "published_formulas.toml").read_text(encoding="utf-8"))["group"]


class Case:
    """One loss of the collection, recorded, with its gradient by the engine."""

    def __init__(self, loss: str, wrt: str, shapes: dict | None = None) -> None:
        rng = np.random.default_rng(0)
        values = {name: rng.uniform(0.1, 0.9, size) for name, size in (shapes or {}).items()}
        root, names = record(loss, values, wrt)
        sizes = Sizes(root)
        table = sweep(root, 1.0)
        self.axes = {name: tuple(s.letter or s.recorded for s in sizes.axes(node)) for name, node in names.items()}
        self.sizes, self.target = sizes.letters(), self.axes[wrt]
        self.env = {name: node.data for name, node in names.items()}
        self.gradients = {n: np.broadcast_to(table[node], node.shape) for n, node in names.items() if node in table}
        self.truth = self.gradients[wrt]
        self.functions = {node.op for node in ancestors([root], all_nodes=True) if node.op}

    def read(self, text):
        return read(text, self.axes, functions=self.functions)

    def values(self, claim):
        """What the claim is worth under each of its readings."""
        for reading in claim.readings(self.target):
            try:
                yield claim.evaluate(self.env, self.sizes, self.target, reading, self.gradients)
            except MisfitError:
                continue

    def right(self, claim):
        return any(
            v.shape == self.truth.shape and np.allclose(v, self.truth) for v in map(np.asarray, self.values(claim))
        )


def cases():
    for group in GROUPS:
        for text in group["right"]:
            if text not in group.get("unreadable", ()):
                yield pytest.param(group, text, id=f"{group['wrt']}: {text[:50]}")


_made: dict[str, Case] = {}


def case(group) -> Case:
    key = group["loss"] + " by " + group["wrt"]
    if key not in _made:
        _made[key] = Case(group["loss"], group["wrt"], group.get("shapes"))
    return _made[key]


@pytest.mark.parametrize(("group", "text"), list(cases()))
def test_every_formula_of_the_collection_is_read_as_meant(group, text):
    here = case(group)
    claims = here.read(text)
    assert claims
    for claim in claims:
        assert here.right(claim), (claim.text, list(here.values(claim)), here.truth)


@pytest.mark.parametrize(
    ("group", "text"), [pytest.param(g, t, id=t[:50]) for g in GROUPS for t in g.get("unreadable", ())]
)
def test_what_is_not_read_is_said_and_never_half_read(group, text):
    here = case(group)
    try:
        claims = here.read(text)
    except UnreadableError as reason:
        assert reason.position < len(text)
        assert "^" in str(reason)
        return
    assert not all(map(here.right, claims))


def test_the_collection_is_large_and_nearly_all_of_it_is_read():
    total = sum(len(group["right"]) for group in GROUPS)
    unread = sum(len(group.get("unreadable", ())) for group in GROUPS)
    assert total >= 250
    assert unread / total < 0.1


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group['loss'][:40]} by {group['wrt']}")
def test_no_formula_of_the_collection_is_right_with_its_sign_or_factor_changed(group):
    """A reader that tries several readings must not find one that makes a wrong claim right."""
    here = case(group)
    for text in group["right"]:
        if "=" in text or text in group.get("unreadable", ()):
            continue
        for wrong in (f"-({text})", f"2 * ({text})", f"({text}) / 3"):
            try:
                claims = here.read(wrong)
            except UnreadableError:
                continue
            assert not any(map(here.right, claims)), wrong


SCRAPS = [
    *"{}()[]|^_-+=*/,.'<&:;", *"yXwijN12eTd", "\\frac", "\\sum_i", "\\hat", "\\top", "\\partial", "\\mathbb 1",
    "\\left", "\\text", "\\\\", "\\quad", "\\dots", "\\delta_{ij}", "\\over", "\\langle", "\\prime", "∂", "ŷ", "ᵢ", "²",
    "√", "1[", "softmax", "np.", ".T", "**", "h_\\theta(", "x^{(i)}",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_mangled_formulas_are_read_or_refused_and_nothing_else_is_raised(seed):
    chance = random.Random(seed)
    here = case(GROUPS[2])
    texts = [text for group in GROUPS for text in group["right"]]
    for _ in range(120):
        text = chance.choice(texts)
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(text) + 1)
            text = text[:start] + chance.choice([*SCRAPS, ""]) + text[start + chance.randint(0, 3) :]
        try:
            for claim in here.read(text):
                list(here.values(claim))
        except UnreadableError as reason:
            assert "\n" not in reason.line()
        with suppress(UnreadableError, MisfitError, ValueError, TypeError):
            record(text)
