"""Claims from published pages (`published_claims.toml`), each proved by finite differences, then judged."""

import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from typed import record

from tinygrad_edu import derive

pytest.importorskip("lark")
GROUPS = tomllib.loads((Path(__file__).parent / "published_claims.toml").read_text(encoding="utf-8"))["group"]
CLAIMS = [(group, claim) for group in GROUPS for claim in group["claims"]]
NUMPY = {
    "np": np, "len": len, "sum": np.sum, "mean": np.mean, "abs": np.abs, "log": np.log, "exp": np.exp, "tanh": np.tanh,
    "where": np.where, "norm": np.linalg.norm, "trace": np.trace, "inv": np.linalg.inv, "det": np.linalg.det,
    "sqrt": np.sqrt, "maximum": np.maximum,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
}  # fmt: skip
STEP = 1e-6


def values(group):
    rng = np.random.default_rng(5)
    drawn = {}
    for name, size in group["shapes"].items():
        drawn[name] = rng.uniform(0.2, 0.9, size)
        if name in group.get("bits", ()):
            drawn[name] = rng.integers(0, 2, size).astype(float)
        elif name in group.get("onehot", ()):
            drawn[name] = np.eye(size[-1])[rng.integers(0, size[-1], size[:-1])]
        elif "where" in group["loss"] and size:  # on both sides of the kinks
            drawn[name] = rng.normal(size=size)
    return drawn


def computed(group, given, instead=None):
    """The loss in plain NumPy, and every name in it. instead: what a name holds in place of what is computed for it."""
    names = {**NUMPY, **given}
    *lines, last = group["loss"].split(";")
    for line in lines:
        name, _, formula = (part.strip() for part in line.partition("="))
        names[name] = (instead or {}).get(name, eval(formula, names))
    return float(eval(last.strip(), names)), names


def by_finite_differences(group, given):
    wrt = group["wrt"]
    _, names = computed(group, given)
    found = np.zeros(np.shape(names[wrt]))
    for place in np.ndindex(found.shape):
        ends = []
        for step in (STEP, -STEP):
            moved = np.array(names[wrt], float)
            moved[place] += step
            ends.append(computed(group, {**given, wrt: moved} if wrt in given else given, {wrt: moved})[0])
        found[place] = (ends[0] - ends[1]) / (2 * STEP)
    return found, names


_derived = {}


def derivation(group):
    key = f"{group['loss']} by {group['wrt']}"
    if key not in _derived:
        root, names = record(group["loss"], values(group), group["wrt"])
        _derived[key] = derive(root, names[group["wrt"]])
    return _derived[key]


def each(claims):
    return [pytest.param(group, claim, id=f"{group['wrt']}: {claim['text'][:60]}") for group, claim in claims]


@pytest.mark.parametrize(("group", "claim"), each(CLAIMS))
def test_what_the_collection_says_is_right_or_wrong_is_proved_without_the_reader(group, claim):
    truth, names = by_finite_differences(group, values(group))
    meant = np.asarray(eval(claim["means"], names), float)
    proved = meant.shape == truth.shape and np.allclose(meant, truth, rtol=1e-5, atol=1e-7)
    assert proved is claim["right"]


@pytest.mark.parametrize(("group", "claim"), each(CLAIMS))
def test_the_verdict_is_the_one_recorded_or_a_better_one(group, claim):
    verdict = derivation(group).check(claim["text"])
    said = "right" if verdict.ok else "unread" if verdict.mistake == "unparsable" or verdict.ok is None else "wrong"
    deserved = "right" if claim["right"] else "wrong"
    assert said in (claim["verdict"], deserved), verdict.message


def test_no_wrong_claim_is_called_right():
    assert not [claim["text"] for _, claim in CLAIMS if not claim["right"] and claim["verdict"] == "right"]


def counted(number, what):
    """Of the claims of one round, how many right and wrong ones got each verdict."""
    return Counter((claim["right"], what(claim)) for group, claim in CLAIMS if group.get("round", 1) == number)


def test_the_figures_that_the_documentation_gives():
    page = (Path(__file__).parents[2] / "docs" / "reading.md").read_text(encoding="utf-8")
    first = counted(1, lambda claim: claim.get("first", claim["verdict"]))
    now = counted(1, lambda claim: claim["verdict"])
    later = counted(2, lambda claim: claim.get("first", claim["verdict"]))
    since = counted(2, lambda claim: claim["verdict"])
    for right, of_them in ((True, "right"), (False, "wrong")):
        for found, when in ((first, "before"), (now, "after"), (later, "later claims"), (since, "later claims, after")):
            row = [found[right, verdict] for verdict in ("right", "wrong", "unread")]
            assert f"| {of_them}, {when} | " + " | ".join(map(str, [sum(row), *row])) + " |" in page


def test_the_collection_holds_two_hundred_claims_a_third_of_them_wrong():
    wrong = [claim for _, claim in CLAIMS if not claim["right"]]
    assert len(CLAIMS) >= 200
    assert 0.3 < len(wrong) / len(CLAIMS) < 0.4
