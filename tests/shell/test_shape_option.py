"""`--shape`, and the line that says which shapes were assumed."""

import pytest
from typed import record

from tinygrad_edu.errors import InputError, MisfitError, UnreadableError
from tinygrad_edu.shell import cli
from tinygrad_edu.shell.commands.formulas import shape
from tinygrad_edu.shell.formula import recording

pytest.importorskip("sympy")

LOGISTIC = "-mean(y*log(sigmoid(x@w+b)) + (1-y)*log(1-sigmoid(x@w+b)))"


def shapes(text, **said):
    return {name: node.shape for name, node in record(text, shapes=said)[1].items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x=N,D", ("x", ("N", "D"))),
        ("x=(N, 3)", ("x", ("N", 3))),
        ("x=N,", ("x", ("N",))),
        (" ŷ = N", ("ŷ", ("N",))),
        ("b=()", ("b", ())),
    ],
)
def test_a_shape_is_read(text, expected):
    assert shape(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "x=", "=N", "x=N,,D", "x=0", "x=-1", "x=1.5", "x=N D", "x=((N))", "x=²", "x=" + "N," * 9, "x=99999999",
     "x=1000,1000"],
)  # fmt: skip
def test_what_is_no_shape_is_refused(text):
    with pytest.raises(InputError, match="--shape"):
        shape(text)


def test_letters_and_lengths_decide():
    found = shapes("mean((x@w + b - y)**2)", x=("N", "D"))
    assert (found["x"], found["w"], found["y"]) == ((5, 3), (3,), (5,))
    assert shapes("mean((x@w + b - y)**2)", x=(6, "D"), w=(2,))["x"] == (6, 2)
    assert shapes("mean(logsumexp(Z, axis=1) - Z[arange(len(y)), y])", Z=(6, 4)) == {"y": (6,), "Z": (6, 4)}
    assert shapes("logsumexp(z) - z[y]", z=("K",))["y"] == ()
    assert shapes("sum(X**2) + sum(Y**2)", X=("N", "D"), Y=("D",)) == {"X": (5, 3), "Y": (3,)}
    assert shapes("sum(X**2) + sum(Y**2)", X=("N", 9), Y=("K", "K"))["Y"] == (3, 3)
    assert shapes("sum((X - m)**2)", X=("N", "D"), m=("N", 1)) == {"X": (5, 3), "m": (5, 1)}
    assert shapes("sum(reshape(x, (2, 3))**2)", x=(6,)) == {"x": (6,)}
    assert shapes("sum(X @ W)", X=("B", "T", "D"))["X"] == (5, 3, 4)
    assert shapes("x*exp(x)", x=()) == {"x": ()}
    assert len(shapes("mean((tanh(X @ W) - Y)**2)", X=("B", "T", "D"))["Y"]) == 3
    assert len(shapes("sum(X*A)", X=("B", "T", "D"))["A"]) == 2


@pytest.mark.parametrize(
    ("text", "said", "message"),
    [
        ("mean((X@w - y)**2)", {"X": ("N", "D"), "w": ("N",)}, "axes D and N one length: write N as D"),
        ("mean((X@w - y)**2)", {"X": (6, 2), "w": (3,)}, r"matmul: X \(6, 2\) @ w \(3,\): inner sizes differ"),
        ("sum(x)*y", {"y": ("N",)}, "wrap it in mean"),
        ("x @ y", {"x": ()}, "matmul"),
        ("sum(reshape(x, (2, 3))**2)", {"x": (7,)}, "reshape"),
        ("sum(x)", {"z": ("N",)}, "z has a shape, but the formula speaks of x"),
    ],
)
def test_a_shape_that_contradicts_the_formula_is_said(text, said, message):
    with pytest.raises((MisfitError, UnreadableError), match=message):
        record(text, shapes=said)


def test_what_was_assumed_is_said_where_it_matters():
    assert recording(LOGISTIC).assumed() == "x: (D,), y: (N,), w: (D,), b: ()"
    assert recording(LOGISTIC, shapes={"x": ("N", "D"), "y": ("N",)}).assumed() == "w: (D,), b: ()"
    given = dict.fromkeys("xy", ("N",))
    assert recording("mean((x - y)**2)", shapes=given).assumed() == ""
    assert recording("x*exp(x)").assumed() == ""  # a single number
    assert recording("trace(A @ A)").assumed() == ""  # nothing else fits
    assert recording("mean((p - y)**2)", values={"p": [1.0, 2.0], "y": [0.0, 1.0]}).assumed() == ""


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["derive", LOGISTIC, "--wrt", "w", "--shape", "x=N,D"], "Σⱼ xⱼᵢ(σ(zⱼ) − yⱼ)"),
        (["check", LOGISTIC, "--shape", "x=N,D", "x.T @ (sigmoid(x@w+b) - y)/N", "--wrt", "w"], "✓"),
        (["source", LOGISTIC, "--wrt", "w", "--shape=x=N,D"], "x.T @"),
        (["draw", "sum((x@w)**2)", "--shape", "x=4,2", "--shape", "w=2"], "x"),
    ],
)
def test_every_command_takes_it(command, said, capsys):
    assert cli.main(command) == 0
    out, err = capsys.readouterr()
    assert said in out
    assert "assumed" not in out
    if "w=2" not in command:
        assert err == "assumed shapes: y: (N,), w: (D,), b: (); --shape NAME=N,D sets others\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--shape", "z=N"], "tinygrad-edu: --shape z=N: the loss has no z; it speaks of x, y"),
        (["--shape", "p=N"], "the loss has no p; it speaks of x, y"),
        (["--shape", "x=N", "--shape", "x=D"], "--shape gives x twice"),
        (["--shape", "x"], "--shape x: write NAME=N,D"),
        (["--shape", "x=N", "--shape", "y=D"], "one length"),
        (["--shape"], "--shape"),
    ],
)
def test_what_cannot_be_a_shape_is_one_line(options, said, capsys):
    for command in (["derive", "p = x*y; mean(p)"], ["source", "p = x*y; mean(p)"], ["check", "p = x*y; mean(p)", "y"]):
        assert cli.main([*command, "--wrt", "x", *options]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert said in err


def test_values_have_their_shape(capsys):
    assert cli.main(["draw", "sum(x)", "--values", "x=1,2", "--shape", "x=N"]) == 2
    assert "x has values" in capsys.readouterr().err


def test_a_name_is_known_in_any_spelling(capsys):
    assert cli.main(["check", "mean((yhat - y)**2)", "--wrt", "yhat", "--shape", "ŷ=N,D", "2*(yhat - y)/(N*D)"]) == 0
    assert cli.main(["check", "mean((yhat - y)**2)", "--wrt", "yhat", "--shape", "ŷ=N,D", "2*(yhat - y)/N"]) == 1
    capsys.readouterr()


def test_the_axes_are_called_by_the_letters_of_the_option(capsys):
    softmax = "P = exp(Z)/sum(exp(Z), axis=-1, keepdims=True); -mean(sum(Y*log(P), axis=-1))"
    command = ["check", softmax, "--wrt", "Z", "--shape", "Z=B,T,K"]
    assert cli.main([*command, "(P - Y)/(B*T)"]) == 0
    said = capsys.readouterr()
    assert said.err == "assumed shapes: Y: (B, T, K); --shape NAME=N,D sets others\n"
    assert said.out.endswith("if Y adds up to 1 along the axis of the classes.\n")
    assert cli.main([*command, "(P - Y)/B"]) == 1
    assert "1/T" in capsys.readouterr().out
    assert cli.main(["derive", "mean((w@X - y)**2)", "--wrt", "w", "--shape", "X=D,M"]) == 0
    said = capsys.readouterr()
    assert "(2/M)" in said.out
    assert "y: (M,), w: (D,)" in said.err
    assert recording("sum((X @ W)**2)", shapes={"X": ("B", "T", "D")}).assumed() == "W: (D, K)"
    assert recording("mean((x - y)**2)").assumed() == "x: (N,), y: (N,)"


def test_a_letter_that_means_something_else_is_not_taken():
    assert recording("sum(x**2) + sum(N @ c)", shapes={"x": ("N",)}).assumed().startswith("N: (")
    assert recording("mean((x - Y)**2)", shapes={"x": ("I", "e")}).assumed() == "Y: (N, D)"
    assert recording("mean((x - Y)**2)", shapes={"x": ("n", "N")}).assumed() == "Y: (D, N)"


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("X.T @ np.ones((M, Q))/(M*Q)", 0), ("X.T @ np.ones((N, K))/(N*K)", 0),
        ("X.T @ np.ones((M, Q))/(M*P)", 1), (r"\frac{1}{MP} \sum_m X_{mp}", 1),
        (r"\frac{\partial L}{\partial W_{pq}} = \frac{1}{MQ} \sum_{m=1}^M X_{mp}", 0),
        (r"\frac{\partial L}{\partial W_{pq}} = \frac{1}{MQ} \sum_{m=1}^Q X_{mp}", 1),
    ],
)  # fmt: skip
def test_a_letter_that_was_said_means_no_other_size(claim, code, capsys):
    said = ["--shape", "X=M,P", "--shape", "W=P,Q"]
    assert cli.main(["check", "mean(X@W)", *said, "--wrt", "W", claim]) == code
    assert "P read as" not in capsys.readouterr().out
