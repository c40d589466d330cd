"""Each format of a note: which passages are found in it, of which kind, and in which line."""

import json

import pytest

from tinygrad_edu.errors import UnreadableError
from tinygrad_edu.reading.formats import MOST_PASSAGES, passages
from tinygrad_edu.reading.formats.code import assignments
from tinygrad_edu.reading.formats.images import alternative
from tinygrad_edu.reading.formats.macros import defined, expand


def found(text, path="note.md"):
    return [(each.line, each.kind, each.text.strip()) for each in passages(text, path)]


MARKDOWN = [
    ("a $x = 1$ and\n$$\ny = 2\n$$", [(1, "inline", "x = 1"), (2, "display", "y = 2")]),
    ("$x =\n1$ costs 3$ and\n\n4$ = a", [(1, "inline", "x =\n1")]),
    ("> $$x = 1$$\n\\(y = 2\\)", [(1, "display", "x = 1"), (2, "inline", "y = 2")]),
    ("```python\nx = 1\n```\n~~~\nno = $y = 1$ code\n~~~", [(2, "code", "x = 1")]),
    ("```\nx = y\n```\n```math\nz = 1\n```\n```js\nx = 1\n```", [(2, "code", "x = y"), (5, "display", "z = 1")]),
    ("text\n\n    dw = x\n\nmore `dw = y` and `$x = 1$`",
     [(3, "code", "dw = x"), (5, "code", "dw = y"), (5, "inline", "x = 1")]),
    ("$`x = 1`$ ![y = 2](a.png) <img src='a' alt='$z = 3$'>",
     [(1, "inline", "x = 1"), (1, "inline", "y = 2"), (1, "inline", "z = 3")]),
    ("<!-- $x = 1$ -->\n∂L/∂w = 2x\nδ = y − p\nThat is a = b for us.",
     [(2, "plain", "∂L/∂w = 2x"), (3, "plain", "δ = y − p")]),
    ("$y\\_i = 1$ about 50% of $x = 2$", [(1, "inline", "y_i = 1"), (1, "inline", "x = 2")]),
    (r"$\newcommand{\p}{\partial}$ $\p x = 1$", [(1, "inline", r"\partial  x = 1")]),
    (r"$X \in \mathbb{R}^N$ and $x$ alone", [(1, "inline", r"X \in \mathbb{R}^N")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MARKDOWN)
def test_markdown(text, expected):
    assert found(text) == expected


LATEX = r"""\newcommand{\pd}[2][L]{\frac{\partial #1}{\partial #2}} \def\w{w}
% $x = 1$
\begin{comment} $x = 2$ \end{comment} \verb|$x = 3$| \iffalse $x = 4$ \fi
\begin{align*} \pd{\w} &= 5\% \end{align*}
\begin{lstlisting}[language=Python]
dw = x
\end{lstlisting}
\begin{verbatim}
no code = at all
\end{verbatim}"""


def test_latex():
    assert found(LATEX, "a.tex") == [
        (4, "display", r"\frac{\partial L}{\partial w} &= 5\%"), (5, "code", "dw = x"),
    ]  # fmt: skip


RST = """Title
=====
.. note about $x = 0$
.. math:: a = 1
.. math::
   :label: b

   b = 2

   c = 3
   + d

Here :math:`e = 4`.

.. code-block:: python
   :linenos:

   f = 5

.. figure:: x.png
   :width: 3
   :alt: g = 6

Literally::

    h = 7
"""


def test_restructured_text():
    assert found(RST, "a.rst") == [
        (4, "display", "a = 1"), (8, "display", "b = 2"), (10, "display", "c = 3\n   + d"), (13, "inline", "e = 4"),
        (16, "code", "f = 5"), (22, "inline", "g = 6"), (25, "code", "h = 7"),
    ]  # fmt: skip


HTML = """<html><head><title>$t = 0$</title><style>a = 1</style></head>
<p>\\(a &lt; b = 1\\)</p> <script>x = $y = 2$</script>
<script type="math/tex; mode=display">c = 3</script>
<img alt="d = 4">
<pre>e = 5
</pre> <pre>$f = 6$</pre>
<span class="katex"><math><semantics><mi>g</mi><annotation encoding="application/x-tex">g = 7</annotation>
</semantics></math></span><span class="katex-html"><b>g = 7</b><br></span>
<math alttext="h = 8"><mi>h</mi></math> ∂L/∂x<sub>i</sub></div>
<p>
∂L/∂x<sub>i</sub> = 9
</p>"""


def test_html():
    assert found(HTML, "a.html") == [
        (2, "inline", "a < b = 1"), (3, "display", "c = 3"), (4, "inline", "d = 4"), (5, "code", "e = 5"),
        (6, "inline", "f = 6"), (7, "inline", "g = 7"), (9, "inline", "h = 8"), (11, "plain", "∂L/∂x_{i} = 9"),
    ]  # fmt: skip


def test_notebooks():
    cells = [
        {"cell_type": "markdown", "source": ["$$\\newcommand{\\q}{z}$$\n", "$\\q = 1$"]},
        {"cell_type": "code", "source": "dw = x"},
        {"cell_type": "raw", "source": "$no = 1$"},
        "no cell",
    ]
    told = passages(json.dumps({"cells": cells}), "a.ipynb")
    assert [(each.cell, each.line, each.text) for each in told] == [
        (1, 1, r"\newcommand{\q}{z}"),
        (1, 2, "z = 1"),
        (2, 1, "dw = x"),
    ][1:]
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}]}
    assert [each.text for each in passages(json.dumps(old), "a.ipynb")] == ["x = 1"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": 3}', '{"worksheets": 1}', "[" * 100_000])
def test_what_is_no_notebook_is_said(text):
    with pytest.raises(UnreadableError, match="no notebook"):
        passages(text, "a.ipynb")


def test_too_many_formulas_are_refused():
    with pytest.raises(UnreadableError, match="formulas"):
        passages("$x = 1$ " * (MOST_PASSAGES + 1))


def test_macros_that_go_on_for_ever_stay_as_they_are():
    macros = defined(
        r"\newcommand{\a}{x\a} \newcommand{\b}[1]{\frac #1} \def\c{\sigma} \newcommand{\d}{ \newcommand\e{never"
    )
    assert expand(r"\a = 1", macros) == r"\a = 1"
    assert expand(r"\b{12} \b\c \b", macros) == r"\frac 12 \frac \sigma   \b"
    assert expand(r"\c x", macros) == r"\sigma  x"


@pytest.mark.parametrize(
    ("text", "formula"),
    [("$$x$$", "x"), (r"{\displaystyle x=1}", "x=1"), (r"\[ x \]", "x"), ("$", "$"), ("a picture", "a picture")],
)
def test_alternative_texts(text, formula):
    assert alternative(text) == formula


CODE = """%matplotlib inline
>>> x = 1
class A:
    def f(self, X):
        self.dw: float = X
        N, D = X.shape
        a, b = b, X
        grads['db'] = 1; grads[0] = 2; w.grad = 3
        g = lambda x: x
        while a:
            dz += a
        dq = X
        dq *= 2
        dq = dq / N
"""


def test_assignments():
    everything = assignments(CODE.replace(">>> ", ""))
    assert [(each.target, each.text, each.line) for each in everything if each.unread] == [("grads", "grads[0] = 2", 8)]
    told = [(each.text, each.line, each.repeated) for each in everything if not each.unread]
    assert told == [
        ("x = 1", 2, False), ("dw = X", 5, False), ("N = X.shape[0]", 6, False), ("D = X.shape[1]", 6, False),
        ("a = b", 7, False), ("b = X", 7, False), ("db = 1", 8, False), ("w_grad = 3", 8, False),
        ("dz = dz + a", 11, True), ("dq = X * 2 / N", 14, False),
    ]  # fmt: skip
    assert [each.text for each in assignments("x = 1\ny = (\nz = 2 + x")] == ["x = 1", "z = 2 + x"]
    assert [each.text for each in assignments(">>> x = 1\n1\n>>> y = x")] == ["x = 1", "y = x"]
    deep = "x = " + "-" * 3000 + "y"
    assert assignments(deep) == [] and len(assignments("x = x + 1\n" * 2000)) <= 1000
