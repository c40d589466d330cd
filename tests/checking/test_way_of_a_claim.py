"""The way of a claim, station by station: what the room's README says, claims of every kind, odd graphs."""

from types import SimpleNamespace

import numpy as np
import pytest
from claims import graph_of

import tinygrad_edu as tg
from tinygrad_edu import Tensor, Value, derive
from tinygrad_edu.checking.claimed import decimals
from tinygrad_edu.checking.functions import FunctionClaim
from tinygrad_edu.checking.judge import check, check_lines
from tinygrad_edu.checking.notes import _agree, check_claims, holds
from tinygrad_edu.checking.other_gradients import Gradient, may_name_loss
from tinygrad_edu.checking.replay import Replay
from tinygrad_edu.errors import ChangedSinceError
from tinygrad_edu.reading.variable import LeftSide

RNG = np.random.default_rng(4)


def of(loss, wrt):
    return Gradient(loss, wrt)


def leaf(name, *shape, requires_grad=True):
    return Tensor(RNG.normal(size=shape), name=name, requires_grad=requires_grad)


# ── kinds of claims ──


def test_a_function_takes_nodes_by_position_and_by_printed_name():
    loss, names = graph_of("bce")
    about = of(loss, names["yhat"])

    def gradient(yhat, /, y, *more):
        return (yhat - y) / (yhat * (1 - yhat)) / len(y)

    assert check(about, gradient).ok
    assert check(about, lambda y, ŷ: gradient(ŷ, y)).ok


def test_a_function_takes_nodes_by_keyword_alone_or_all_of_them():
    loss, names = graph_of("bce")
    about = of(loss, names["yhat"])

    def by_keyword(y, *, yhat):
        return (yhat - y) / (yhat * (1 - yhat)) / len(y)

    def of_all(**every):
        assert set(every) == set(names)
        return by_keyword(every["y"], yhat=every["yhat"])

    assert check(about, by_keyword).ok and check(about, of_all).ok
    claim = FunctionClaim(of_all, Replay(loss, names["yhat"]))
    assert claim.asked == claim.kept == ()
    failing = check(about, lambda **every: every["q"]).message
    assert failing == "This cannot be read: called with y, yhat it raised KeyError: 'q'"


def test_a_function_may_write_into_what_it_is_given():
    w = leaf("w", 3)
    before, replay = w.data.copy(), Replay(np.exp(w).sum(), w)

    def claim(w):
        return np.exp(w, out=w)

    (way,) = FunctionClaim(claim, replay).ways()
    assert way.at(replay.recorded).right and way.at(replay.recorded).right and np.array_equal(w.data, before)


def test_a_function_without_a_signature_gets_everything_by_name():
    x = Tensor([0.5, 2.0], name="x")
    verdict = check(of((x**2).sum(), x), dict)  # a type of C's, whose parameters nobody can look up
    assert verdict.mistake == "unparsable" and "it returned dict" in verdict.message


def test_what_a_function_asks_for_in_vain_is_said():
    one, several = Tensor([0.5, 2.0], name="x"), leaf("weights", 2)
    said = [
        check(of((one**2).sum(), one), lambda q: q).message,
        check(of((one * several).sum(), one), lambda weight, x: x).message,
        check(of((one * several).sum(), one), lambda q: q).message,
        check(of((several * several).sum(), several), lambda: undefined).message,  # noqa: F821
    ]
    assert said == [
        "This cannot be read: 'q' is not in this graph; there is x",
        "This cannot be read: 'weight' is not in this graph; there are x, weights. Did you mean weights?",
        "This cannot be read: 'q' is not in this graph; there are x, weights",
        "This cannot be read: called with nothing it raised NameError: name 'undefined' is not defined",
    ]


def test_a_function_that_knows_the_losss_own_array():
    X = RNG.normal(size=(4, 3))
    w = leaf("w", 3)
    about = of(((X @ w) ** 2).sum(), w)
    assert "held as they are" in check(about, lambda w: 2 * X.T @ (X @ w)).message
    assert "held as they are" in check(about, 2 * (X.T @ (X @ w))).message
    assert check(about, lambda w: X.T @ (X @ w)).mistake == "constant-factor"


def test_a_text_knows_no_array_that_has_no_name():
    s = Value(0.7, name="s")
    about = of((s * np.array([0.5, 1.7, -0.2])).sum(), s)
    assert "held as they are" in check(about, lambda s: 2.0 + 0 * s).message
    assert check(about, "2.0").mistake == "special-case"


def test_numbers_are_compared_where_a_loss_has_a_kink_and_in_their_own_shape():
    x = Tensor([1.0, 2.0, -3.0], name="x")
    about = of((tg.relu(x) ** 2).sum(), x)
    assert check(about, np.array([2.0, 4.0, 0.0])).ok and check(about, [Value(2.0), 4, Value(0.0)]).ok
    assert not check(about, [2.0, 4.0]).ok and not check(about, np.zeros(0)).ok


def test_numbers_that_are_no_array():
    x = Tensor([1.0, 2.0], name="x")
    with pytest.raises(TypeError, match="not list"):
        check(of((x**2).sum(), x), [[1.0], [2.0, 3.0]])


def test_a_float32_loss_is_compared_in_its_own_precision():
    x = Tensor(np.array([0.1, 0.2], np.float32), name="x")
    loss = np.exp(x).sum()
    loss.backward()
    assert check(of(loss, x), x.grad * (1 + 3e-7)).message.startswith("Right at the recorded numbers.")
    assert not check(of(loss, x), x.grad * (1 + 3e-4)).ok


@pytest.mark.parametrize(
    ("truth", "claimed", "digits"),
    [
        ([12.3456, 1.0], [12.35, 1.0], 2),
        ([1.0, 1 / 3], [1.0, 0.33], 2),  # of 1, a hundredth is not too coarse
        ([0.9, 1 / 3], [0.9, 0.33], 0),
        ([0.9, 1 / 3], [0.9, 0.333], 3),
        ([1.0, 1 / 3], [1.0, 0.34], 0),
        ([0.0512], [0.05], 0),
        ([0.7648], [0.765], 3),
        ([1.012345678], [1.012345678], 9),
        ([1.01234567891], [1.0123456789], 0),
        ([1.0, 2.0], [1.0], 0),
        ([], [], 0),
    ],
)
def test_numbers_rounded_to_decimals(truth, claimed, digits):
    truth, claimed = np.array(truth), np.array(claimed)
    trial = SimpleNamespace(truth=truth, claimed=claimed, usable=truth.shape == claimed.shape)
    assert decimals(trial) == digits


def test_of_what_changed_three_are_named():
    leaves = [leaf(name, 2) for name in "abcd"]
    about = of((leaves[0] * leaves[1] * leaves[2] * leaves[3]).sum(), leaves[0])
    for each in leaves:
        each.data = np.ones(2)
    with pytest.raises(ChangedSinceError, match=r"check: a \(2,\), b \(2,\), c \(2,\) changed after"):
        check(about, np.ones(2))


def test_what_sympy_has_is_a_claim():
    sympy = pytest.importorskip("sympy")
    x = Tensor([1.0, 2.0], name="x")
    assert check(of((x**2).sum(), x), 2 * sympy.Symbol("x")).ok
    assert check(of((x**2).sum(), x), sympy.Symbol("x")).mistake == "constant-factor"
    s, counted = Value(0.7, name="s"), sympy.IndexedBase("x")  # SymPy counts from 1
    assert check(of(s * x[0], s), counted[1]).ok and not check(of(s * x[0], s), counted[2]).ok


def test_an_integer_too_long_for_python_is_unreadable():
    x = Tensor([1.0, 2.0], name="x")
    assert check(of((x**2).sum(), x), "0" * 1000 + "x" + "9" * 4400).mistake == "unparsable"


# ── left-hand sides that speak of something else ──


@pytest.fixture
def logistic():
    loss, names = graph_of("logistic")
    return loss, names


def test_a_second_derivative_beside_the_gradient_is_not_judged(logistic):
    loss, names = logistic
    text = r"\frac{\partial L}{\partial z} = \frac1N (a - y) \\ \frac{\partial^2 L}{\partial z^2} = 17"
    assert check(of(loss, names["z"]), text).ok


def test_a_jacobian_beside_the_gradient_is_not_taken_for_it():
    z, y = leaf("z", 4), Tensor(np.eye(4)[1], name="y", requires_grad=False)
    p = tg.softmax(z)
    p.name = "p"
    text = r"\frac{\partial L}{\partial z} = p - y \\ \frac{\partial p}{\partial z} = \mathrm{diag}(p) - p p^T"
    assert check(of(-(y * np.log(p)).sum(), z), text).ok


def test_an_operations_own_derivative_is_judged_as_that(logistic):
    loss, names = logistic
    right, wrong, foreign = (
        check(of(loss, names["z"]), rf"\frac{{\partial a}}{{\partial z}} = {side}")
        for side in ("a(1 - a)", "a", "y a")  # y is not in the graph of a
    )
    assert [each.mistake for each in (right, wrong, foreign)] == ["wrong-variable"] * 3
    assert "As ∂a/∂z it is right" in right.message and "it is wrong, too" in wrong.message
    assert foreign.message.endswith("not ∂L/∂z.")


def test_a_number_derived_by_a_vector():
    x = Tensor([0.5, 2.0], name="x")
    s = (x**2).sum()
    s.name = "s"
    verdict = check(of(np.exp(s), x), r"\frac{\partial s}{\partial x} = 2 x")
    assert verdict.mistake == "wrong-variable" and "it is right" in verdict.message


def test_what_is_computed_from_data_alone_has_a_derivative():
    w, y = leaf("w", 3), leaf("y", 3, requires_grad=False)
    s = np.tanh(y * 2.0)
    s.name = "s"
    assert "As ∂s/∂y it is right" in check(of((w * s).sum(), w), "ds/dy = 2*(1 - s**2)").message


def test_what_does_not_depend_on_it_has_no_derivative(logistic):
    loss, names = logistic
    verdict = check(of(loss, names["z"]), r"\frac{\partial X}{\partial z} = 0")
    assert verdict.mistake == "unparsable" and "∂X/∂z" in verdict.message


def test_a_line_that_defines_a_gradient_is_judged_as_that(logistic):
    loss, names = logistic
    lines = [r"\delta = \frac1N (a - y)", r"\frac{\partial L}{\partial w} = X^T \delta"]
    first, second = check_lines(of(loss, names["w"]), lines)
    assert first.ok and "Right as ∂L/∂z" in first.message and second.ok


# ── graphs that cannot be computed again just anywhere ──


def test_a_shape_written_as_numbers_is_tried_at_the_recorded_size():
    x = leaf("x", 6)
    weights = RNG.normal(size=(2, 3))
    verdict = check(of((x.reshape(2, 3) * weights).sum(), x), lambda x: weights.reshape(6))
    assert verdict.ok


def test_what_can_be_computed_nowhere_else_is_judged_where_it_was_recorded():
    def square(a):
        if a.shape != (2,) or np.abs(a - [1.0, 2.0]).max() > 1e-3:
            raise ValueError("not there")
        return a * a

    x = leaf("x", 2)
    x.data = np.array([1.0, 2.0])
    squared = tg.primitive(square, lambda g, out, a: 2 * g * a)(x)
    about = of(squared.sum(), x)
    assert "could not be computed at others" in check(about, "2*x").message
    assert check(about, "x").mistake == "constant-factor"
    # what a name in a note means is settled by more than one point
    assert holds(about.loss, squared, "x**2") is None and holds(about.loss, squared, "x**3") is False
    elsewhere = x * x
    assert holds(elsewhere.sum(), elsewhere, "x**2") is True
    assert holds(elsewhere.sum(), elsewhere, "exp(2*log(x))") is True  # where it has a value


def test_what_is_finite_only_near_the_recorded_numbers_is_drawn_near_them():
    x = Tensor([0.9, 0.8], name="x")
    loss = np.log(np.arccos(x) - 0.4).sum()  # wants x below cos 0.4
    for point in Replay(loss, x).points(()):
        assert np.all(np.isfinite(point.truth))


@pytest.mark.parametrize(
    ("held", "keeps"),
    [
        (np.eye(4), lambda a: np.array_equal(a, np.eye(len(a)))),
        (np.tril(np.ones((4, 4))), lambda a: np.array_equal(a, np.tril(np.ones(a.shape)))),
        (np.where(np.triu(np.ones((4, 4)), 1), -1e9, 0.0), lambda a: set(np.unique(a)) == {-1e9, 0.0} and a[0, 0] == 0),
        (np.arange(4.0), lambda a: np.array_equal(a, np.arange(len(a)))),
        (np.full(4, 3.5), lambda a: set(a) == {3.5}),
        (np.array([0.5, 2.5, 2.5, 0.5]), lambda a: set(a) <= {0.5, 2.5}),
        (np.array([1.0, -2.0, -3.0, 4.0]), lambda a: np.array_equal(a, np.round(a))),
        (-np.array([1.5, 2.5, 3.1, 0.2]), lambda a: np.all(a < 0)),
    ],
)
def test_a_bare_array_keeps_its_pattern(held, keeps):
    x = leaf("x", *held.shape)
    loss = (np.tanh(x) * held).sum()
    for meanings in Replay(loss, x).meanings[:1]:
        for point in Replay(loss, x).points(meanings):
            arguments = [a for node in point.twin.values() for a in node.args]
            (array,) = [a for a in arguments if a.__class__ is np.ndarray]
            assert array.shape == point.names["x"].shape and keeps(array)


def test_a_symmetric_matrix_stays_symmetric():
    indefinite = np.array([[1.0, 2.0, 0.5], [2.0, 1.0, 0.3], [0.5, 0.3, -1.7]])
    for matrix in (indefinite, indefinite @ indefinite + np.eye(3)):
        A = Tensor(matrix, name="A", requires_grad=False)
        x = leaf("x", 3)
        about = of(x @ A @ x, x)
        assert check(about, "2*A@x").ok and not check(about, "A@x").ok
        for point in Replay(about.loss, x).points(()):
            a = point.names["A"]
            assert np.array_equal(a, a.T) and (matrix is indefinite or np.linalg.eigvalsh(a).min() > 0)


def test_a_mask_stays_a_mask():
    m = Tensor(np.array([True, False, True, True]), name="m", requires_grad=False)
    x = leaf("x", 4)
    assert check(of(np.where(m, x**2, x).sum(), x), lambda m, x: np.where(m, 2 * x, 1)).ok


def test_claims_of_a_note_are_called_by_its_lines_and_speak_of_its_loss():
    x = leaf("x", 3)
    lines = ["g = 2*x", "dx = g", "x", "g = 3*x"]
    for loss, letter in (("", "L"), ("J", "J")):
        right, wrong = check_claims(of((x**2).sum(), x), lines, [1, 2], [14, 17], loss)
        assert right.message == f"Right: this is ∂{letter}/∂x."
        assert wrong.message.startswith("Wrong from here on, and right up to line 14: ")


def test_what_a_name_means_takes_two_points():
    way = SimpleNamespace(at=lambda point: SimpleNamespace(claimed=1.5, trouble=""))
    points = [SimpleNamespace(value=lambda node: 1.5)] * 4
    assert [_agree(way, points[:n], None) for n in range(4)] == [None, None, True, True]


# ── what is said of what nothing explains ──


def test_the_one_leaf_that_a_claim_takes_for_a_number_is_named():
    x, s = Tensor([0.3, 0.7], name="x"), Tensor([2.0, 2.0], name="s", requires_grad=False)
    about = of((s * np.sin(x) + x).sum(), x)
    assert "only while s = 2" in check(about, "2*cos(x) + 1").message
    t = Tensor([1.0, 4.0], name="t", requires_grad=False)
    verdict = check(of((t * x**3).sum(), x), lambda x: 3 * np.resize([1.0, 4.0], x.shape) * x**2)
    assert verdict.mistake == "special-case" and "only for the recorded t" in verdict.message


def test_signs_that_are_right_are_said():
    x = Tensor(RNG.normal(size=12), name="x")
    verdict = check(of((x**4).sum(), x), lambda x: np.sin(np.clip(x, -1, 1)) * (1 + x * x))
    assert "the sign of every entry is right" in verdict.message


def test_a_verdict_in_a_notebook_is_no_markdown_of_its_own():
    x = Tensor([0.3, 0.7], name="x_1")
    verdict = derive((x**2).sum(), x).check("x_2 * 2")
    assert verdict._repr_markdown_().startswith("✗") and r"x\_2" in verdict._repr_markdown_()
    assert repr(verdict.candidates[0]).startswith("<unparsable: ")


@pytest.mark.parametrize("letter", ["Z", "z"])
def test_a_matrix_without_a_name_is_called_by_either_letter(letter):
    """A derivation calls it Z; notes say z as often."""
    X, Y = leaf("X", 5, 3, requires_grad=False), Tensor(np.eye(4)[[0, 2, 1, 3, 2]], name="Y", requires_grad=False)
    W = leaf("W", 3, 4)
    S = tg.softmax(X @ W, axis=1)
    S.name = "S"
    derivation = derive(-(Y * np.log(S)).sum(axis=1).mean(), W)
    claim = rf"\frac{{\partial L}}{{\partial {letter}_{{ij}}}} = "
    right, wrong = derivation.check_lines([claim + "(S_{ij} - Y_{ij})/N", claim + "S_{ij} - Y_{ij}"])
    assert right.ok
    assert wrong.mistake == "mean-factor"


# ── which letters on the left may be the loss ──


@pytest.mark.parametrize(
    ("derived", "may"),
    [
        ("FL", True),
        ("epsilon", True),
        ("quantity", False),
        ("sin", False),
        ("p", False),
        ("x", False),
        ("sigma", False),
    ],
)
def test_which_letters_may_be_a_notes_own_for_the_loss(derived, may):
    x = leaf("x", 2)
    loss = (x * x).sum()
    assert may_name_loss(LeftSide(derived=derived), Replay(loss, x)) == may
    loss.name = "M"
    assert not may_name_loss(LeftSide(derived=derived), Replay(loss, x))
