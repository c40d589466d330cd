"""The pieces of the playground: written by a command, up to date, and equal to the engine in a real browser."""

import itertools
import json
import random

import numpy as np
import pytest
from browsing import Visit

import tinygrad_edu as tg
from tinygrad_edu import optim
from tinygrad_edu.errors import NotEmittableError
from tinygrad_edu.nn.activations import ACTIVATIONS
from tinygrad_edu.nn.layers import Dropout
from tinygrad_edu.play import formulas, page, pieces


def test_what_is_shipped_is_what_the_command_writes():
    again = "run `python -m tinygrad_edu.play`"
    assert page.asset("pieces.js") == pieces.text(), again
    shipped = json.loads(page.asset("formulas.json"))
    assert set(shipped) == set(formulas.pieces())
    stale = [key for key in shipped if ":1" not in key and shipped[key] != formulas.made(key)]
    assert not stale, again


def test_no_piece_is_missing():
    assert {*pieces.HIDDEN, "softmax"} == set(ACTIVATIONS)


def test_what_no_loop_can_compute_is_refused():
    piece = pieces.Piece("f", lambda X: tg.cumsum(X, axis=0), [(3, 3)], ["X"], ["Y"], [(3, "N")])
    with pytest.raises(NotEmittableError):
        piece.text()


# ── in the browser ──

EVALUATE = """networks => networks.map(({layers, task, X, Y, n, masks}) => {
  masks = masks && masks.map((mask) => Float64Array.from(mask));
  for (const layer of layers) { layer.W = Float64Array.from(layer.W); layer.b = Float64Array.from(layer.b); }
  [X, Y] = [Float64Array.from(X), Float64Array.from(Y)];
  const space = workspace(layers, n);
  forward(layers, X, n, space, masks);
  backward(layers, task, X, Y, n, space);
  const gradients = layers.map((_, l) => [Array.from(space.dW[l]), Array.from(space.db[l])]);
  const loss = lossOf(layers, task, Y, n, space);
  const memory = fresh(layers, task.optimizer);
  for (let count = 1; count <= 3; count += 1) {
    forward(layers, X, n, space, masks);
    backward(layers, task, X, Y, n, space);
    update(layers, task.optimizer, memory, space, task.rate, count);
  }
  return {loss, gradients, after: layers.map(({W, b}) => [Array.from(W), Array.from(b)])};
})"""


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    path = tmp_path_factory.mktemp("play") / "play.html"
    tg.playground(path)
    visit = Visit(browser, path)
    yield visit.page
    assert visit.said == []
    visit.page.context.close()


def network(rng, activations, loss, outputs, samples, penalty, optimizer, dropout):
    widths = [int(rng.integers(1, 9)) for _ in range(len(activations) + 1)] + [outputs]
    layers = [
        {"n": n, "m": m, "activation": act, "W": rng.normal(size=(n, m)), "b": rng.normal(size=m)}
        for n, m, act in zip(widths, widths[1:], [*activations, "linear"], strict=False)
    ]
    Y = (
        np.eye(outputs)[rng.integers(0, outputs, samples)]
        if loss == "cross-entropy"
        else rng.normal(size=(samples, outputs))
    )
    Y = (Y > 0) * 1.0 if loss == "bce" else np.sign(Y) if loss == "hinge" else Y
    task = {"loss": loss, "penalty": penalty, "strength": 0.03, "optimizer": optimizer, "rate": 0.05}
    masks = [Dropout(0.3, rng=rng).mask((samples, layer["m"]), float) for layer in layers[:-1]] if dropout else None
    X = rng.normal(size=(samples, widths[0]))
    return {"layers": layers, "task": task, "X": X, "Y": Y, "n": samples, "masks": masks}


def sample():
    """Networks of depth 0 to 6: each activation, each loss, 1, 2 and 4 outputs, penalties, optimisers and dropout."""
    rng, dice = np.random.default_rng(0), random.Random(0)
    pairs = [(loss, k) for loss in pieces.LOSSES for k in (1, 2, 4) if loss != "cross-entropy" or k > 1]
    for i, ((loss, outputs), depth) in enumerate(itertools.product(pairs, range(7))):
        shift = [pieces.HIDDEN[(i + k) % len(pieces.HIDDEN)] for k in range(depth)]
        activations = dice.sample(shift, depth) if i % 2 else shift[:1] * depth
        penalty = ("none", "l1", "l2")[i % 3]
        optimizer = list(pieces.OPTIMISERS)[i // 2 % 3]
        yield network(rng, activations, loss, outputs, (1, 2, 9)[i % 3], penalty, optimizer, dropout=i % 4 == 3)


def engines(net):
    """The loss, the gradients and the parameters after three steps, by the engine."""
    task = net["task"]
    params = [tg.Tensor(p.copy()) for layer in net["layers"] for p in (layer["W"], layer["b"])]
    made = {"sgd": optim.SGD, "momentum": lambda p, lr: optim.SGD(p, lr, momentum=0.9), "adam": optim.Adam}
    optimiser = made[task["optimizer"]](params, 0.05)

    def loss():
        A = net["X"]
        for l, (layer, W, b) in enumerate(zip(net["layers"], params[::2], params[1::2], strict=True)):
            A = ACTIVATIONS[layer["activation"]]()(A @ W + b)
            A = A * net["masks"][l] if net["masks"] and l < len(net["masks"]) else A
        found = pieces.LOSSES[task["loss"]](A, net["Y"])
        if task["penalty"] != "none":
            found = found + task["strength"] * sum(pieces.PENALTIES[task["penalty"]](W) for W in params[::2])
        return found

    first = loss()
    first.backward()
    gradients = [p.grad.copy() for p in params]
    for _ in range(3):
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
    return first.item(), gradients, [p.data for p in params]


def plain(net):
    layers = [{**layer, "W": layer["W"].ravel().tolist(), "b": layer["b"].tolist()} for layer in net["layers"]]
    masks = net["masks"] and [mask.ravel().tolist() for mask in net["masks"]]
    return {**net, "layers": layers, "X": net["X"].ravel().tolist(), "Y": net["Y"].ravel().tolist(), "masks": masks}


def test_gradients_and_steps_in_the_page_are_the_engines(opened):
    nets = list(sample())
    assert len(nets) > 100
    for net, found in zip(nets, opened.evaluate(EVALUATE, [plain(net) for net in nets]), strict=True):
        loss, gradients, after = engines(net)
        largest = max(1.0, *(np.abs(g).max() for g in gradients))
        assert found["loss"] == pytest.approx(loss, rel=1e-12, abs=1e-12), net["task"]
        for mine, theirs in zip(itertools.chain(*found["gradients"]), gradients, strict=True):
            assert np.abs(np.array(mine) - theirs.ravel()).max() <= 1e-12 * largest, net["task"]
        for mine, theirs in zip(itertools.chain(*found["after"]), after, strict=True):
            assert np.array(mine) == pytest.approx(theirs.ravel(), rel=1e-7, abs=1e-7), net["task"]


def test_a_product_reads_what_an_earlier_loop_has_finished(opened):
    """exp(X) and its product with a square matrix have one shape, and each entry of the product reads a whole row."""
    given = {"shapes": [(7, 5), (5, 5)], "inputs": ["X", "W"], "results": ["Y"], "sizes": [(7, "N"), (5, "I")]}
    text = pieces.Piece("f", lambda X, W: np.exp(X) @ W, **given).text()
    X, W = np.linspace(-1, 1, 6).reshape(2, 3), np.arange(9.0).reshape(3, 3)
    call = f"([X, W]) => {{ const Y = new Float64Array(6); ({text})(2, 3, X, W, Y); return Array.from(Y); }}"
    found = opened.evaluate(call, [X.ravel().tolist(), W.ravel().tolist()])
    assert found == pytest.approx((np.exp(X) @ W).ravel(), rel=1e-14)


@pytest.mark.parametrize(
    ("activations", "widths", "loss", "towards", "dropout"),
    [
        (("tanh", "relu"), (2, 3, 1, 1), "bce", ((1, "weight"), (1, "bias")), False),
        (("silu", "sigmoid"), (1, 2, 3, 2), "cross-entropy", ((0, "weight"),), False),
        (("tanh", "linear"), (2, 3, 2, 1), "squared", ((0, "weight"),), True),
    ],
)
def test_composed_formulas_are_the_derivation(opened, activations, widths, loss, towards, dropout):
    rng = np.random.default_rng(1)
    layers = [
        {"n": n, "m": m, "activation": a} for n, m, a in zip(widths, widths[1:], [*activations, "linear"], strict=False)
    ]
    for layer in layers[:-1]:
        layer["dropped"] = dropout
    task = {"loss": loss, "penalty": "none"}
    A, params = tg.Tensor(rng.uniform(0.1, 0.9, (7, widths[0])), name="X", requires_grad=False), {}
    for l, layer in enumerate(layers, start=1):
        W = params[f"W_{l}"] = tg.Tensor(rng.normal(size=(layer["n"], layer["m"])), name=f"W_{l}")
        b = params[f"b_{l}"] = tg.Tensor(rng.normal(size=layer["m"]), name=f"b_{l}")
        Z = A @ W + b
        Z.name = f"Z_{l}"
        A = ACTIVATIONS[layer["activation"]]()(Z)
        A.name = A.name or f"A_{l}"
        if layer.get("dropped"):
            mask = tg.Tensor(rng.integers(0, 2, A.shape) / 0.5, name=f"M_{l}", requires_grad=False)
            A = pieces.dropped(A, mask)
            A.name = f"D_{l}"
    y = np.eye(widths[-1])[np.arange(7) % widths[-1]] if widths[-1] > 1 else np.arange(7)[:, None] % 2 * 1.0
    L = pieces.LOSSES[loss](A, tg.Tensor(y, name="Y", requires_grad=False))
    for l, kind in towards:
        target = {"kind": kind, "l": l, "i": 0, "j": 0}
        composed = opened.evaluate("(given) => formulasOf(...given)", [layers, task, target])
        for notation in formulas.NOTATIONS:
            steps = tg.derive(L, params[f"{'W' if kind == 'weight' else 'b'}_{l + 1}"], notation=notation).steps
            nodes = list(dict.fromkeys(s.node for s in steps if s.kind == "gradient"))
            real = [
                formulas.next_line(s for s in steps if s.kind == "gradient" and s.node is node)[0] for node in nodes
            ]
            assert [line[notation] for line in composed] == real[::-1]
