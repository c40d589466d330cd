"""Habits from elsewhere: float() of a node, masked arrays, names of other engines; each meets a sentence that helps."""

import inspect
import math
import operator
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, losses, nn, no_grad, optim
from tinygrad_edu.tensors import functions, hints

# ── float() ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("function", [float, math.exp, math.log, math.sqrt, math.isnan, complex])
@pytest.mark.parametrize("make", [lambda: Value(2.0, name="b"), lambda: Tensor(2.0, name="b"), lambda: Value(2.0) * 3])
def test_float_of_what_no_pass_has_gone_through_warns_at_the_users_line(function, make):
    with pytest.warns(UserWarning, match=r"b \(\).*np\.exp.*\.item\(\)|multiply \(\).*np\.exp") as said:
        function(make())
    assert [each.filename for each in said] == [__file__]


def test_it_warns_once_a_place():
    values = [Value(float(k)) for k in range(5)]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        for b in values:
            math.exp(b)
            math.log(b + 1.0)
    assert len({each.lineno for each in said}) == len(said) == 2


def test_who_is_right_hears_nothing():
    w = Value(2.0, name="w")
    loss = (w - 1) ** 2
    assert f"{loss:.3f}" == "1.000" and "%.3f" % loss == "1.000"  # noqa: UP031
    assert loss.item() == 1.0 and int(loss) == 1 and round(loss, 1).item() == 1.0
    loss.backward()
    assert float(loss) == math.sqrt(loss) == 1.0 and float(w) == 2.0
    with no_grad():
        assert math.exp(Value(0.0)) == 1.0
    assert float(Value(1.0, requires_grad=False)) == float(Value(1.0) > 0.5) == 1.0


# ── masked arrays, matrices ───────────────────────────────────────────────────────────────────────────────────────────

MASKED = np.ma.array([1.0, 2.0], mask=[False, True])
BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod, operator.floordiv,
    operator.matmul, operator.lt, operator.ge, operator.eq, operator.ne, np.add, np.multiply, np.maximum, np.arctan2,
    np.logaddexp, np.dot, np.outer, np.ma.add, np.ma.multiply, np.ma.power, np.ma.dot,
    lambda a, b: np.concatenate([a, b]), lambda a, b: np.stack([a, b]), lambda a, b: np.where([True, False], a, b),
    lambda a, b: np.einsum("i,i->", a, b), lambda a, b: np.ma.where([True, False], a, b),
]  # fmt: skip


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("operation", BINARY)
def test_a_masked_array_with_a_node_is_refused_on_both_sides(operation, requires_grad):
    t = Tensor([1.0, 2.0], requires_grad=requires_grad)
    for pair in ((t, MASKED), (MASKED, t)):
        with pytest.raises(TypeError, match=r"np\.where\(m\.mask"):
            operation(*pair)


@pytest.mark.parametrize(
    "use",
    [
        lambda: Tensor(MASKED),
        lambda: np.ma.exp(Tensor([1.0, 2.0])),
        lambda: np.clip(Tensor([1.0, 2.0]), MASKED, 9.0),
        lambda: tg.grad(lambda x: (x * x).sum())(MASKED),
        lambda: tg.jit(lambda x: (x * x).sum())(MASKED),
        lambda: setattr(Tensor([1.0, 2.0]), "data", MASKED),
        lambda: nn.Linear(2, 1)(MASKED),
        lambda: losses.mse_loss(Tensor([1.0, 2.0]), MASKED),
        lambda: losses.binary_cross_entropy(MASKED / 4, [0.0, 1.0]),
        lambda: losses.cross_entropy(Tensor(np.zeros((2, 3))), MASKED),
    ],
)
def test_a_mask_is_nowhere_dropped_in_silence(use):
    with pytest.raises(TypeError, match="mask"):
        use()


def test_an_array_whose_mask_hides_nothing_may_be_wrapped():
    assert Tensor(np.ma.array([1.0, 2.0])).data.tolist() == [1.0, 2.0]


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_a_matrix_whose_product_means_something_else_is_refused():
    t, m = Tensor([[1.0, 2.0], [3.0, 4.0]]), np.matrix([[1.0, 2.0], [3.0, 4.0]])
    for use in (lambda: t * m, lambda: m * t, lambda: m @ t, lambda: t + m):
        with pytest.raises(TypeError, match=r"np\.asarray\(M\)"):
            use()


def test_other_kinds_of_arrays_are_arrays(tmp_path):
    mapped = np.memmap(tmp_path / "x", dtype=float, mode="w+", shape=(2,))
    mapped[:] = [3.0, 4.0]
    t = Tensor([1.0, 2.0])
    (t * mapped + mapped * t).sum().backward()
    assert t.grad.tolist() == [6.0, 8.0]


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", hints.HINTS["node"])
def test_a_name_of_another_engine_meets_ours(name):
    for held in (Value(1.0), Tensor([1.0]), Tensor):
        assert not hasattr(held, name)
        with pytest.raises(AttributeError, match=f"has no {name}: "):
            getattr(held, name)
    assert name not in dir(Tensor([1.0])) and "reshape" in dir(Tensor([1.0])) and "data" in dir(Value(1.0))


def test_a_function_that_is_no_method_says_how_it_is_called():
    for name, ours in (("sort", r"np\.sort"), ("flip", r"np\.flip"), ("leaky_relu", r"tinygrad_edu\.leaky_relu")):
        for held in (Tensor([1.0]), Value(1.0)):
            assert not hasattr(held, name) and name not in dir(held)
            with pytest.raises(AttributeError, match=rf"has no {name}: use {ours}\(x"):
                getattr(held, name)
    assert all(hasattr(Tensor([1.0]), name) for name in ("sum", "reshape", "relu", "argsort"))


def test_the_sentences_that_people_need_first():
    t = Tensor([[1.0, 2.0]])
    for name, ours in {"view": "reshape", "t": r"\.T", "permute": "transpose", "unsqueeze": "expand_dims",
                       "numel": r"\.size", "pow": r"\*\*", "clamp": "clip", "matmul": "@", "float": "astype",
                       "to": "astype", "cuda": "NumPy", "cpu": "NumPy", "_prev": r"\.parents",
                       "_op": r"\.op"}.items():  # fmt: skip
        with pytest.raises(AttributeError, match=ours):
            getattr(t, name)
    with pytest.raises(AttributeError, match=r"use \.name"):
        t.label = "x"
    with pytest.raises(TypeError, match="label= is name= here"):
        Value(1.0, label="a")
    with pytest.raises(TypeError, match="dim= is axis= here"):
        t.sum(dim=1)
    with pytest.raises(TypeError, match="keepdim= is keepdims= here"):
        t.mean(1, keepdim=True)
    with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
        Tensor([1.0], nothing=1)


def test_dim_is_axis_in_every_function_along_one():
    t = Tensor([[1.0, 2.0]])
    along = [f for f in vars(functions).values() if inspect.isfunction(f) and f.__name__ in functions.__all__]
    asked = set()
    for function in [*along, tg.linalg.norm]:
        for foreign, ours in (("dim", "axis"), ("keepdim", "keepdims")):
            name = function.__name__
            if ours in inspect.signature(function).parameters and name != "size":
                asked.add(name)
                method = getattr(Tensor, name, None) is function
                for call in (function, getattr(t, name)) if method else (function,):
                    with pytest.raises(TypeError, match=f"{name}: {foreign}= is {ours}= here"):
                        call(*() if call is not function else (t,), **{foreign: 0})
    assert len(asked) > 40 and {"sum", "flip", "softmax", "norm", "nanmean", "concatenate"} <= asked
    for use in (lambda: np.sum(t, dim=0), lambda: np.einsum("ij->i", t, dim=0)):  # NumPy itself refuses the first
        with pytest.raises(TypeError, match="dim"):
            use()


MODULES = {"tinygrad_edu": tg, "nn": nn, "losses": losses, "optim": optim, "datasets": tg.datasets}


@pytest.mark.parametrize(("room", "name"), [(room, name) for room in MODULES for name in hints.HINTS[room]])
def test_a_module_says_it_too(room, name):
    with pytest.raises(AttributeError, match=f"no attribute '{name}': "):
        getattr(MODULES[room], name)


def test_a_hint_for_what_the_package_has_itself_says_where():
    """`fit` came after the hint that said to write the loop."""
    for table, sentences in hints.HINTS.items():
        for name in sentences.keys() & tg._LATER.keys():
            assert f"tinygrad_edu.{name}" in sentences[name], (table, name)


def test_a_misspelt_name_is_answered_with_the_nearest():
    for module, name, nearest in (
        (nn, "ReLu", "ReLU"),
        (losses, "crossentropy", "cross_entropy"),
        (tg, "jacobain", "jac"),
    ):
        with pytest.raises(AttributeError, match=f"nearest there is: {nearest}"):
            getattr(module, name)


def test_of_few_names_all_are_listed():
    for module, name, there in ((nn, "Conv9d", "Linear"), (optim, "Rprop", "AdamW"), (losses, "ctc", "mse_loss")):
        with pytest.raises(AttributeError, match=f"there are .*{there}"):
            getattr(module, name)


def test_arguments_that_are_called_otherwise():
    loss = (Tensor([1.0]) ** 2).sum()
    with pytest.raises(TypeError, match="retain_graph= is nothing"):
        loss.backward(retain_graph=True)
    with pytest.raises(TypeError, match="gradient= is grad= here"):
        loss.backward(gradient=1.0)
    total = np.zeros(2)
    with pytest.raises(TypeError, match="write a = a \\+ node"):
        total += Tensor([1.0, 2.0])


def test_a_models_hints_leave_room_for_ones_own():
    class Mine(nn.Module):
        def __init__(self):
            self.device = "cpu"
            self.children = ["Ada"]

        def apply(self):
            return 1

    assert (Mine().device, Mine().children, Mine().apply()) == ("cpu", ["Ada"], 1)
    for name in hints.HINTS["module"]:
        with pytest.raises(AttributeError, match=f"Linear has no {name}: "):
            getattr(nn.Linear(1, 1), name)


@pytest.mark.parametrize("name", hints.HINTS["optimizer"])
def test_what_an_optimiser_has_by_another_name(name):
    """Set, it would be an attribute that nobody reads."""

    class Mine(optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, 0.1)
            setattr(self, name, 0.5)

    params = [Tensor([1.0])]
    assert getattr(Mine(params), name) == 0.5
    for optimizer in (optim.SGD(params, 0.1), optim.AdamW(params)):
        with pytest.raises(AttributeError, match=f"has no {name}: "):
            getattr(optimizer, name)
        with pytest.raises(AttributeError, match=f"{name} = … changes nothing: "):
            setattr(optimizer, name, 0.5)


def test_calls_that_mean_something_else_elsewhere():
    w = Tensor([1.0], name="w")
    loss = (w * w).sum()
    for transform in (tg.grad, tg.value_and_grad, tg.jacobian, tg.hessian):
        with pytest.raises(TypeError, match=rf"{transform.__name__} takes a function.*loss\.backward\(\)"):
            transform(loss, w)
    for use in (lambda: tg.vjp(loss, w), lambda: tg.hvp(loss, w, w), lambda: tg.jvp(loss, (w,), (w,))):
        with pytest.raises(TypeError, match=r"takes a function.*loss\.backward\(\)"):
            use()
    with pytest.raises(TypeError, match="takes a function, not float"):
        tg.grad(2.0)
    with pytest.raises(TypeError, match=r"MLP\(\[3, 4, 4, 1\]\)"):
        nn.MLP(3, [4, 4, 1])
    with pytest.raises(TypeError, match=r"MLP\(\[3, 4, 1\]\)"):
        nn.MLP(3, 4, 1)
    assert "cluster" in tg.draw(nn.MLP([2, 3, 1])).source


# ── astype, aux ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_integers_of_what_requires_no_gradient():
    labels = Tensor([1.0, 2.0], requires_grad=False).astype(int)
    assert labels.dtype.kind == "i" and not labels.requires_grad and labels.op == "astype"
    assert (Tensor([0.4, 0.6]) > 0.5).astype(int).data.tolist() == [0, 1]
    assert Value(2.7, requires_grad=False).astype(int).data == 2
    with no_grad():
        assert Tensor([1.5]).astype(int).data.tolist() == [1]
    for use in (lambda t: t.astype(int), lambda t: t.astype(bool), lambda t: tg.astype(t * 2, np.int32)):
        with pytest.raises(TypeError, match=r"requires a gradient.*\.detach\(\)"):
            use(Tensor([1.0]))
    with pytest.raises(TypeError, match="real numbers"):
        Tensor([1.0]).astype(complex)
    rounded = tg.jit(lambda x: x * tg.astype(x > 1.0, int))
    assert rounded(np.array([1.0, 2.0])).tolist() == [0.0, 2.0] and rounded(np.array([3.0, 1.0])).tolist() == [3.0, 0.0]


def both(x, y):
    return (x * x * y).sum(), {"twice": 2 * x, "said": "as it is", "none": None}


def test_what_a_function_returns_beside_its_result():
    x, y = np.array([1.0, 2.0]), 3.0
    value = 15.0

    def look(aux):
        assert aux["said"] == "as it is" and aux["none"] is None and type(aux["twice"]) is np.ndarray
        np.testing.assert_array_equal(aux["twice"], 2 * x)

    g, aux = tg.grad(both, has_aux=True)(x, y)
    look(aux)
    np.testing.assert_array_equal(g, 2 * x * y)
    (out, aux), (gx, gy) = tg.value_and_grad(both, argnums=(0, 1), has_aux=True)(x, y)
    look(aux)
    assert out == value and gy == 5.0
    np.testing.assert_array_equal(gx, g)
    out, pullback, aux = tg.vjp(both, x, y, has_aux=True)
    look(aux)
    assert out == value and pullback(1.0)[1] == 5.0
    out, change, aux = tg.jvp(both, (x, y), (x, 0.0), has_aux=True)
    look(aux)
    assert (out, change) == (value, 30.0)
    for transform, found in ((tg.jacobian, g), (tg.hessian, 2 * y * np.eye(2))):
        got, aux = transform(both, has_aux=True)(x, y)
        look(aux)
        np.testing.assert_array_equal(got, found)
    (out, aux), g = tg.jit(tg.value_and_grad(lambda x: ((x * x).sum(), x + 1), has_aux=True))(x)
    assert out == 5.0 and aux.tolist() == [2.0, 3.0] and g.tolist() == [2.0, 4.0]
    for bad in (lambda x: x, lambda x: (x, x, x)):
        with pytest.raises(TypeError, match="must return a pair"):
            tg.grad(bad, has_aux=True)(1.0)


def test_what_stands_beside_is_followed_by_a_derivative_around():
    """d/dx of the aux x² that an inner derivative hands out is 2x."""

    def outer(x):
        g, aux = tg.grad(lambda y: (y**3, x * x), has_aux=True)(x)
        return g + aux

    assert tg.grad(outer)(2.0) == 6 * 2.0 + 2 * 2.0


# ── losses ────────────────────────────────────────────────────────────────────────────────────────────────────────────

Z = np.array([[2.0, -1.0], [0.5, 3.0]])
WRONG = {
    "sigmoid, from logits": (
        lambda z: losses.binary_cross_entropy_with_logits(tg.sigmoid(z), [[1, 0], [0, 1]]),
        "sigmoid",
    ),
    "softmax, cross entropy": (lambda z: losses.cross_entropy(tg.softmax(z), [0, 1]), "softmax"),
    "a model's softmax": (lambda z: losses.cross_entropy(nn.MLP([2, 2], output="softmax", rng=0)(z), [0, 1]), "logits"),
    "a model's sigmoid, flattened": (
        lambda z: losses.binary_cross_entropy_with_logits(nn.MLP([2, 1], output="sigmoid", rng=0)(z)[:, 0], [0, 1]),
        r"model\.logits",
    ),
    "sigmoid, hinge": (lambda z: losses.hinge_loss(tg.sigmoid(z).reshape(-1), [1, -1, 1, -1]), "sigmoid"),
    "written by hand": (
        lambda z: losses.binary_cross_entropy_with_logits(1 / (1 + np.exp(-z)), np.ones((2, 2))),
        "sigmoid",
    ),
    "softmax by hand": (lambda z: losses.cross_entropy(soft(z), [0, 1]), "softmax"),
    "logits as probabilities": (lambda z: losses.binary_cross_entropy(z, np.ones((2, 2))), "_with_logits"),
    "numbers as probabilities": (lambda z: losses.binary_cross_entropy([2.0, 0.5], [1, 0]), "_with_logits"),
    "a Value's logit": (lambda z: losses.binary_cross_entropy(Value(-0.5), 1.0), "_with_logits"),
    "labels −1 and 1": (lambda z: losses.binary_cross_entropy(tg.sigmoid(z[0]), [-1, 1]), r"\(y \+ 1\) / 2"),
    "labels −1 and 1, logits": (lambda z: losses.binary_cross_entropy_with_logits(z[0], [-1, 1]), r"\(y \+ 1\) / 2"),
    "labels 1 and 2": (lambda z: losses.binary_cross_entropy_with_logits(z[0], Tensor([1.0, 2.0])), "0 and 1"),
}


def soft(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", WRONG)
def test_one_warning_where_a_loss_is_given_something_else(name):
    call, said = WRONG[name]
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call(Tensor(Z))
    (warning,) = found
    assert warning.category is UserWarning and warning.filename == __file__
    assert re.search(said, str(warning.message))


def test_the_right_pairs_are_quiet():
    z = Tensor(Z)
    losses.binary_cross_entropy(tg.sigmoid(z), np.eye(2))
    losses.binary_cross_entropy(tg.softmax(z), np.eye(2))
    losses.binary_cross_entropy((tg.sigmoid(z) + tg.sigmoid(2 * z)) / 2, np.full((2, 2), 0.3))
    losses.binary_cross_entropy_with_logits(z, np.eye(2))
    losses.cross_entropy(z, [0, 1])
    losses.cross_entropy(tg.log_softmax(z), [0, 1])
    losses.cross_entropy(tg.relu(z) / 2, np.eye(2))
    losses.cross_entropy(1 / (1 + z * z), [0, 1])
    losses.hinge_loss(np.tanh(z), np.ones((2, 2)))
    losses.binary_cross_entropy(Tensor(np.zeros((0, 2))), np.zeros((0, 2)), reduction="sum")


# ── the star ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_star_works_without_the_extras():
    program = (
        "import sys\nfor name in ('sympy', 'lark', 'sklearn', 'graphviz'): sys.modules[name] = None\n"
        "from tinygrad_edu import *\nprint(sum([1, 2]), nn.MLP([1, 1]) is not None)\n"
        "try: derive(Tensor([1.0]).sum(), 'x')\nexcept ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "3 True" and "tinygrad_edu[derive]" in done.stdout
