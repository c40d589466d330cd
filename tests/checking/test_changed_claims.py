"""Claims changed at one place: every tree that comes of it is the one that is meant, written with all its brackets."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive
from tinygrad_edu.checking.alterations import Surroundings, altered
from tinygrad_edu.checking.rewritten import MOST, MOST_WORK, rewritten
from tinygrad_edu.checking.transposed import Transposing, transposing, variants
from tinygrad_edu.reading.reader import read
from tinygrad_edu.reading.sums import Over
from tinygrad_edu.reading.tree import (
    Applied,
    Indexed,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Terms,
    Transposed,
)

NAMES = {"a": ("N",), "b": ("N",), "c": ("N",), "A": ("N", "N"), "x": ("N",), "y": ("N",)}


def shown(tree):
    """A tree on one line: entrywise products without a sign, the transpose as ′."""
    match tree:
        case Name(name=name):
            return name
        case Number(number=number):
            return f"{number:g}"
        case Terms(signs=signs, terms=terms):
            parts = [{1: "+", -1: "-"}[sign] + shown(term) for sign, term in zip(signs, terms, strict=True)]
            return f"({' '.join(parts)})"
        case Negative(part=part):
            return f"-{shown(part)}"
        case Product(x=x, y=y, mark=mark):
            return f"({shown(x)} @ {shown(y)})" if mark == "@" else f"({shown(x)} {shown(y)})"
        case Quotient(x=x, y=y):
            return f"({shown(x)} / {shown(y)})"
        case Power(x=x, y=y) | Applied(function="power", arguments=(x, y)):
            return f"{shown(x)}^{shown(y)}"
        case Transposed(part=part):
            return f"{shown(part)}′"
        case Indexed(part=part, subscripts=subscripts, sample=sample):
            below = "".join(f"_{str(label).partition('#')[0]}" for label in subscripts)
            return f"{shown(part)}{below}" + (f"({sample.partition('#')[0]})" if sample else "")
        case Over(function="sum", labels=labels, body=body):
            return f"Σ{','.join(label.partition('#')[0] for label in labels)}[{shown(body)}]"
        case Applied(function=function, arguments=arguments):
            return f"{function}({', '.join(map(shown, arguments))})"
    raise TypeError(tree)


def claim(text):
    return read(text, NAMES)[0]


@pytest.mark.parametrize(
    "text, expected",
    [
        # an operand for one that it is multiplied with
        ("x*a", ["operand (x b)", "operand (x c)"]),
        ("-(x*a)", ["operand -(x b)", "operand -(x c)"]),
        ("x + y*a", ["bracket ((+x +y) a)", "operand (+x +(y b))", "operand (+x +(y c))"]),
        # brackets of sums and products
        ("x*(y+c)", ["bracket (+(x y) +c)"]),
        ("b*(x-y)*c", ["bracket (+(b x) -(y c))", "bracket (b (+x -(y c)))", "bracket ((+(b x) -y) c)"]),
        ("b*(x+y-c)", ["bracket (+(b x) +y -c)", "bracket (+(b (+x +y)) -c)"]),
        (
            "b*(x-y*c)*x",
            [
                "bracket (+(b x) -((y c) x))",
                "bracket (((b (+x -y)) c) x)",
                "bracket (b (+x -((y c) x)))",
                "bracket ((+(b x) -(y c)) x)",
                "bracket ((b ((+x -y) c)) x)",
            ],
        ),
        ("b*x + y*c", ["bracket ((+(b x) +y) c)", "bracket ((b (+x +y)) c)", "bracket (b (+x +(y c)))"]),
        (
            "b*x - c - y*c*b",
            [
                "bracket (+(b (+x -c)) -((y c) b))",
                "bracket (((+(b x) -c -y) c) b)",
                "bracket ((+(b x) -c -(y c)) b)",
                "bracket (((b (+x -c -y)) c) b)",
                "bracket ((b (+x -c -(y c))) b)",
                "bracket (b (+x -c -((y c) b)))",
                "bracket (+(b x) -(((+c +y) c) b))",
                "bracket (+(b x) -((+c +(y c)) b))",
            ],
        ),
        (
            "b*(x+y) + c",
            ["bracket (b (+(+x +y) +c))", "bracket (b (+x +y +c))", "bracket (+(+(b x) +y) +c)"],
        ),
        ("x - (y + c)*b", ["bracket ((+x -(+y +c)) b)", "bracket (+x -(+y +(c b)))"]),
        ("-x b - y c", ["bracket -((+(x b) +y) c)", "bracket -((x (+b +y)) c)", "bracket -(x (+b +(y c)))"]),
        ("b (-x + y)", ["bracket (-(b x) +y)"]),
        (
            "x - b (y + c) - x",
            [
                "bracket (+((+x -b) (+y +c)) -x)",
                "bracket (+x -(b (+(+y +c) +x)))",
                "bracket (+x -(b (+y +c -x)))",
                "bracket (+x -(+(b y) +c) -x)",
            ],
        ),
        (
            "x (y + b + c y)",
            [
                "bracket (+(x y) +b +(c y))",
                "bracket ((x (+y +b +c)) y)",
                "bracket (+(x (+y +b)) +(c y))",
                "bracket (x ((+y +b +c) y))",
                "bracket (x (+y +((+b +c) y)))",
            ],
        ),
        (
            "x @ y + b @ c",
            ["bracket ((+(x @ y) +b) @ c)", "bracket ((x @ (+y +b)) @ c)", "bracket (x @ (+y +(b @ c)))"],
        ),
        # powers, functions, quotients
        ("(x + y + c)^2", ["bracket (+x +y +c^2)"]),
        ("x + y + c^2", ["bracket (+x +y +c)^2"]),
        (r"\frac{x + y + b}{c}", ["bracket (+x +y +(b / c))"]),
        (r"\frac{x}{y + b + c}", ["bracket (+(x / y) +b +c)"]),
        (r"x + y + \frac{b}{c}", ["bracket ((+x +y +b) / c)"]),
        (r"\frac{x}{y} + b - c", ["bracket (x / (+y +b -c))"]),
        ("(x+y)**2", ["bracket (+x +y^2)"]),
        ("(x*y)**2", ["bracket (x y^2)"]),
        (r"(x+y)^2", ["bracket (+x +y^2)"]),
        ("(x+y)**-1", ["bracket (+x +y^-1)"]),
        ("np.tanh(x)**2", ["bracket tanh(x^2)"]),
        ("np.tanh(x**2)", ["bracket tanh(x)^2"]),
        ("np.tanh(x*y)", ["bracket (tanh(x) y)"]),
        ("np.tanh(x-y)", ["bracket (+tanh(x) -y)"]),
        ("x + y**2", ["bracket (+x +y)^2"]),
        ("x*y**2", ["bracket (x y)^2"]),
        ("x/(y*c)", ["bracket ((x / y) c)"]),
        ("(x+y)/c", ["bracket (+x +(y / c))"]),
        ("x/(y-c)", ["bracket (+(x / y) -c)"]),
        ("x/y*c", ["bracket (x / (y c))"]),
        ("x + y/c", ["bracket ((+x +y) / c)"]),
        ("x/y - c", ["bracket (x / (+y -c))"]),
        ("-x/y - c", ["bracket (-x / (+y -c))"]),
        # a Σ and a factor
        ("np.sum(b*x)", ["outside (b sum(x))", "outside (sum(b) x)"]),
        ("b*np.sum(x)", ["inside (x @ b)", "inside (b′ @ x)", "inside sum((b x))"]),
        ("b*np.mean(x)", []),
        ("np.sum(b)*x", ["inside (b @ x)", "inside (x′ @ b)", "inside sum((x b))"]),
        (
            "np.sum(b)*np.sum(x)",
            [
                "inside (x @ b)",
                "inside (b′ @ x)",
                "inside sum((b x))",
                "inside (b @ x)",
                "inside (x′ @ b)",
                "inside sum((x b))",
            ],
        ),
        ("np.sum(b + x)", ["bracket (+sum(b) +x)"]),
        ("np.mean(b + x)", ["bracket (+mean(b) +x)"]),
        ("np.sum(b) - x", ["bracket sum((+b -x))"]),
        ("x - np.sum(b)", []),
        (
            r"x \sum_i b_i y_i",
            [
                "inside Σi[((b_i y_i) x)]",
                "inside Σi[((b_i y_i) x(i))]",
                "outside (x (b_i Σi[y_i]))",
                "outside (x (Σi[b_i] y_i))",
            ],
        ),
        (
            r"\sum_i b_i \sum_j c_j",
            [
                "outside (b_i Σi[Σj[c_j]])",
                "outside (Σi[b_i] Σj[c_j])",
                "inside Σi[(b_i c_i)]",
                "inside Σi[Σj[(c_j b_i)]]",
                "inside Σi[Σj[(c_j b_i(j))]]",
            ],
        ),
        (
            r"(\sum_i b_i) \sum_j c_j",
            ["inside Σj[(c_j b_j)]", "inside Σj[(c_j b_i(j))]", "inside Σi[(b_i c_i)]", "inside Σi[(b_i c_j(i))]"],
        ),
        (r"\tanh(x) \sum_i b_i", ["inside Σi[(b_i tanh(x))]", "inside Σi[(b_i tanh(x(i)))]"]),
        (
            r"(x - 2y) \sum_i b_i",
            [
                "inside Σi[(b_i (+x -(2 y)))]",
                "inside Σi[(b_i (+x(i) -(2 y(i))))]",
                "bracket (+x -((2 y) Σi[b_i]))",
                "bracket (((+x -2) y) Σi[b_i])",
            ],
        ),
        (r"\sum_i (b_i + x_i)", ["bracket (+Σi[b_i] +x_i)"]),
        (r"\sum_i b_i - x", ["bracket Σi[(+b_i -x)]"]),
    ],
)
def test_brackets_and_sums(text, expected):
    found = {f"{each.how} {shown(each.tree)}" for each in rewritten(claim(text).tree, Surroundings({"a": ["b", "c"]}))}
    assert {each for each in found if each.split()[0] in ("bracket", "inside", "outside", "operand")} == set(expected)


def test_where_and_how_many():
    first = next(rewritten(claim("x + b*(y + c)").tree, Surroundings()))
    assert (first.how, shown(first.tree), first.took) == ("bracket", "((+x +b) (+y +c))", "")
    found = list(rewritten(claim("x + y*a").tree, Surroundings({"a": ["b"]})))
    assert [(each.at, each.took) for each in found if each.how == "operand"] == [(6, "")]
    long = " + ".join(f"{a}*{b}" for a in "abcx" for b in "abcxy")
    assert sum(1 for _ in rewritten(claim(long).tree, Surroundings())) == MOST


def test_a_long_claim_is_changed_less_often_and_that_is_said():
    """Hundreds of changes of a tree of hundreds of parts took 5 to 20 s."""
    w, X, y = Tensor([0.2, 0.5], name="w"), Tensor([[1.0, 2.0], [0.5, 3.0], [2.0, 0.1]], name="X"), Tensor([1.0, 0, 2])
    y.name = "y"
    derivation = derive(((X @ w - y) ** 2).mean(), w)
    terms = [f"{n} X^T (X w {n + 1} - y)/{n + 2}" for n in range(2, 42)]
    long, short = " + ".join(terms), " + ".join(terms[:3])
    tree = read(long, {"w": ("D",), "X": ("N", "D"), "y": ("N",)})[-1].tree
    changes = list(rewritten(tree, Surroundings()))
    assert len(changes) * tree.part_count <= MOST_WORK
    assert "it is long" not in derivation.check(short).message
    verdict = derivation.check(long)
    assert verdict.mistake == "unexplained"
    assert verdict.message.endswith("were tried another way: it is long.")


AROUND = Surroundings(addends=["c"], functions=["tanh"])


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a", ["term (+a +c) c", "term (+a -c) c", "power a^2 a", "function tanh(a) tanh"]),
        ("a*b", ["term (+(a b) +c) c", "term (+(a b) -c) c", "factor a", "factor b", "function tanh((a b)) tanh"]),
        ("a/b", ["factor a"]),
        (
            "a - b",
            ["sign (-a -b)", "sign (+a +b)", "term (+a -b +c) c", "term (+a -b -c) c", "function tanh((+a -b)) tanh"],
        ),
        ("a**2", ["power a a"]),
        ("a^3", ["power a a"]),
        ("(a + b)**2", []),
        ("a**b", []),
        ("np.linalg.norm(a)", ["entry a a"]),
        (r"\|a\|", ["entry a a"]),
        ("np.sum(a)", ["entry a a"]),
        (r"\sum_i a_i", ["entry a a"]),
        ("np.max(a)", []),
        ("-a", []),
    ],
)
def test_small_changes(text, expected):
    assert [f"{how} {shown(tree)} {took}".strip() for how, tree, took in altered(claim(text).tree, AROUND)] == expected


def test_an_entry_for_a_whole_product():
    assert [shown(tree) for how, tree, _ in altered(claim("a^T b").tree, Surroundings()) if how == "entry"] == [
        "a",
        "b",
    ]


PRODUCT = ["(x @ A)", "(A @ x)′", "(x′ @ A)", "(x @ A′)", "(A′ @ x)", "(A @ x′)"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a", ["a′"]),
        ("A@x", PRODUCT),
        ("a*b", []),
        ("A@x*b", [f"({each} b)" for each in PRODUCT]),
        ("b + A@x", [f"(+b +{each})" for each in PRODUCT]),
        ("np.tanh(A@x)", [f"tanh({each})" for each in PRODUCT]),
        ("(A@x)/2", [f"({each} / 2)" for each in PRODUCT]),
        ("-(A@x)", [f"-{each}" for each in PRODUCT]),
        ("A.T@x", ["(x @ A′)", "(A′ @ x)′", "(x′ @ A′)", "(x @ A′′)", "(A @ x)", "(A′′ @ x)", "(A′ @ x′)"]),
        ("np.dot(A, x)", [f"dot({each})" for each in ("x, A", "x′, A", "x, A′", "A′, x", "A, x′")]),
        ("np.outer(a, b)", ["outer(a′, b)", "outer(a, b′)"]),
        ("A@(x + y)", ["((+x +y) @ A)", "(A @ (+x +y))′", "((+x +y)′ @ A)", "((+x +y) @ A′)", "(A′ @ (+x +y))"]),
        ("np.sum(a)", []),
        ("np.tanh(a)*b", []),
    ],
)
def test_a_factor_transposed(text, expected):
    found = list(variants(claim(text)))
    assert [shown(variant.tree) for variant, _ in found] == expected
    for variant, names in found:
        assert names and names <= claim(text).names() == variant.names()


def test_arrays_multiply_in_whichever_order_fits():
    A, x, y, one = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0]), np.array([[2.0]])
    given = [transposing(each) for each in (A, x, y)]
    for product in (np.matmul, np.dot, Transposing.dot):
        assert np.array_equal(product(given[0], given[1]), A @ x) and np.array_equal(product(given[2], given[0]), y @ A)
        assert np.array_equal(product(given[0], given[2]), A.T @ y) and np.array_equal(
            product(given[1], given[0]), A @ x
        )
        assert np.array_equal(product(given[0], given[0]), A.T @ A)
        assert np.array_equal(product(transposing(A.T), given[1]), A @ x)
        assert np.array_equal(product(given[2], transposing(A.T)), y @ A)
        assert isinstance(product(given[0], given[1]), Transposing)
        with pytest.raises(ValueError):
            product(transposing(np.ones((4, 5))), given[0])
    for function in (lambda a: np.tanh(a), lambda a: np.sum(a, axis=0), lambda a: 2.0 * a, lambda a: np.transpose(a)):
        assert np.array_equal(function(given[0]), function(A)) and isinstance(function(given[0]), Transposing)
    assert np.array_equal(np.dot(given[0], 2.0), 2.0 * A) and np.array_equal(given[0].dot(2.0), 2.0 * A)
    assert np.array_equal(given[1] @ given[1], 14.0) and type(np.sum(given[0])) is not Transposing
    assert np.array_equal(np.matmul(given[0], given[1], out=np.empty(2)), A @ x)
    assert np.array_equal(np.add.reduce(given[0]), A.sum(axis=0)) and np.array_equal(
        np.einsum("ij,j", *given[:2]), A @ x
    )
    assert transposing(2.0) == 2.0 and transposing(one) is not one and type(transposing(np.array(2.0))) is np.ndarray
    node = Tensor(A, name="A")
    assert (given[1] * node).data.shape == (2, 3) and isinstance(given[1] * node, Tensor)
    with pytest.raises(ValueError, match="inner sizes differ"):
        given[0] @ node  # a node multiplies as it is


def test_the_names_of_a_transposed_factor():
    found = {shown(variant.tree): names for variant, names in variants(claim("A@x*b"))}
    assert found["((A′ @ x) b)"] == {"A"} and found["((x @ A) b)"] == {"A", "x"}
    assert sum(1 for _ in variants(claim("+".join(["A@x"] * 20)))) == 60
