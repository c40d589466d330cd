"""The LaTeX of derivations: balanced always, and set by a real engine where one is at hand."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from test_matrices import BOOK, OTHERS, Leaves

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive
from tinygrad_edu.engine.rules import TABLE

rng = np.random.default_rng(5)
ENTRYWISE = [r for r in TABLE.values() if r.differentiable and r.kind.name == "elementwise" and r.example is None]


def normal(*shape, name=None, data=False):
    return Tensor(rng.uniform(0.2, 0.8, size=shape), name=name, requires_grad=not data)


def bce():
    y, yhat = Tensor([1.0, 0.0], name="y", requires_grad=False), normal(2, name="yhat")
    return tg.losses.binary_cross_entropy(yhat, y), yhat


def classes():
    z = normal(4, 3, name="z")
    return tg.losses.cross_entropy(z, np.array([0, 1, 2, 1])), z


def network():
    X, y, W, w = normal(4, 3, name="X", data=True), normal(4, name="y", data=True), normal(3, 2, name="W_1"), normal(2)
    return tg.losses.mse_loss(np.tanh(X @ W) @ w, y), W


def forks():
    x = Value(0.5, name="theta")
    return x * np.exp(x), x


def choices():
    x = normal(3, name="x")
    return (np.where(x > 0.4, x, tg.sqrt(x)) * np.maximum(x, 0.3) / (1.0 + x**3)).sum(), x


def matrices():
    A, b = Tensor(np.eye(3) * 2.0 + 0.1, name="A"), normal(3, name="b")
    return (tg.linalg.inv(A) @ b).sum() + tg.linalg.det(A), A


def hostile():
    x = Tensor(rng.uniform(size=3), name=r"}\input{x} $ & % # _ ^ ~ <b>")
    return (x * x).sum(), x


def everything():
    for rule in ENTRYWISE:
        least = 1.2 if rule.name == "arccosh" else 0.2
        leaves = [Tensor(least + 0.6 * rng.uniform(size=3), name=f"x_{n}") for n in range(1, len(rule.vjps) + 1)]
        yield rule(*leaves).sum(), leaves[0]


def documents():
    cases = [build() for build in (bce, classes, network, forks, choices, matrices, hostile)] + list(everything())
    texts = [derive(*case).latex(notation) for case in cases for notation in ("index", "matrix")]
    return texts + [derive(build(Leaves(1, 0)), wrt).latex("matrix") for build, wrt, _ in [*BOOK, *OTHERS]]


LATEX = documents()


def balanced(latex):
    """Every brace, \\left and \\begin has its end."""
    waiting = []
    ends = {"}": "{", r"\right": r"\left"}
    for token in re.findall(r"\\(?:begin|end)\{\w+\}|\\left|\\right|\\[^a-zA-Z]|\\[a-zA-Z]+|[{}]", latex):
        if token.startswith((r"\begin", "{", r"\left")) and not token.startswith(r"\leftarrow"):
            waiting.append(token)
        elif token.startswith(r"\end"):
            assert waiting.pop() == token.replace(r"\end", r"\begin"), latex
        elif token in ends:
            assert waiting and waiting.pop() == ends[token], latex
    assert not waiting, latex


@pytest.mark.parametrize("latex", LATEX)
def test_it_is_balanced(latex):
    balanced(latex)
    assert latex.startswith("\\begin{aligned}\n")
    assert r"\text{}" not in latex
    assert not re.search(r"[^\x00-\x7f]", latex), "any LaTeX engine reads plain ASCII"


def test_names_are_data():
    latex = derive(*hostile()).latex()
    assert r"\input" not in latex.replace(r"\backslash input", "")


def katex():
    """The folder of an installed KaTeX, or None."""
    if shutil.which("node") is None:
        return None
    places = [Path.cwd() / "node_modules", Path.home() / "node_modules"]
    if shutil.which("npm"):
        found = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, timeout=60, check=False)
        places.append(Path(found.stdout.strip() or "/nowhere"))
    return next((place / "katex" for place in places if (place / "katex").is_dir()), None)


def test_a_real_engine_sets_it():
    folder = katex()
    if folder is None:
        pytest.skip("needs node and KaTeX: npm install katex")
    program = """
    const katex = require(process.argv[1]);
    const faults = [];
    for (const latex of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
        try { katex.renderToString(latex, {displayMode: true, strict: 'error', throwOnError: true}); }
        catch (fault) { faults.push(fault.message + ' :: ' + latex); }
    }
    console.log(JSON.stringify(faults));
    """
    done = subprocess.run(
        ["node", "-e", program, str(folder)], input=json.dumps(LATEX), capture_output=True, text=True, timeout=120,
        check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == []
