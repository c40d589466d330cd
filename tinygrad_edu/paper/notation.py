"""How names and operations are written on paper: in Unicode and in LaTeX.

`Written` is one more kind of number: it flows through the rules of the table and prints what happens to it, so the
printed form of a derivative is the derivative itself, run on letters.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine import rules
from ..engine.graph import Node, Rule, plain
from ..engine.kernels.arrays import HOLE

# Greek letters, and ℓ, by LaTeX's names
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "lamda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ",
}  # fmt: skip
FROM_GREEK = {letter: ("lambda" if word == "lamda" else word) for word, letter in GREEK.items()}
ACCENTS = {"hat": ("\u0302", r"\hat"), "bar": ("\u0304", r"\bar"), "tilde": ("\u0303", r"\tilde"), "prime": ("′", "")}
SUBSCRIPTS = dict(zip("0123456789+-aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
SUPERSCRIPTS = dict(zip("0123456789+-niT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱᵀ", strict=True))


def _parts(name: str) -> tuple[str, str, str]:
    """A name's letter, its accent and its subscript: "yhat_1" is y, hat, 1."""
    base, _, below = name.partition("_")
    if not base:  # _, __class__: no letter that anything could stand at
        return name, "", ""
    for accent in ACCENTS:
        stem = base.removesuffix(accent)
        if stem != base and stem and (len(stem) == 1 or stem in GREEK):
            return stem, accent, below
    digits = re.fullmatch(r"([A-Za-z]+?)(\d+)", base)
    if digits and not below and (len(digits[1]) == 1 or digits[1] in GREEK):
        return digits[1], "", digits[2]
    return base, "", below


def pretty(name: str) -> str:
    """A name in Unicode, as people write it.

    >>> pretty("yhat"), pretty("W_1"), pretty("alpha"), pretty("W_xh")
    ('ŷ', 'W₁', 'α', 'W_xh')
    """
    base, accent, below = _parts(name)
    shown = GREEK.get(base, base)
    if accent:
        shown = unicodedata.normalize("NFC", shown + ACCENTS[accent][0])
    if not below:
        return shown
    if all(letter in SUBSCRIPTS for letter in below) and (len(below) == 1 or below.isdigit()):
        return shown + "".join(SUBSCRIPTS[letter] for letter in below)
    return f"{shown}_{below}"


_LATEX_SPECIAL = {
    "\\": r"\textbackslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum ", "~": r"\textasciitilde ", "<": r"\textless ", ">": r"\textgreater ",
}  # fmt: skip

# The same as signs of mathematics: KaTeX and MathJax do not know LaTeX's names for them in text.
_LATEX_SIGNS = {"\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim ", "<": "{<}", ">": "{>}"}


def escaped_latex(text: str) -> str:
    r"""Any text in LaTeX, with the letters escaped that LaTeX reads as commands.

    >>> print(escaped_latex("50%_a"))
    50\%\_a
    """
    return "".join(_LATEX_SPECIAL.get(letter, letter if letter.isprintable() else " ") for letter in text)


def _latex_letters(part: str) -> str:
    part = FROM_GREEK.get(part, part)
    if part in GREEK:
        return "\\" + ("lambda" if part == "lamda" else part)
    if (len(part) == 1 and part.isalnum()) or part.isdigit():
        return part
    shown = "".join(_LATEX_SIGNS.get(letter, escaped_latex(letter)) for letter in part)
    return rf"\mathrm{{{shown}}}"


def latex_name(name: str) -> str:
    r"""A name in LaTeX, by SymPy's convention.

    >>> print(latex_name("yhat"), latex_name("W_1"), latex_name("alpha"), latex_name("loss"))
    \hat{y} W_{1} \alpha \mathrm{loss}
    """
    base, accent, below = _parts(name)
    shown = _latex_letters(base)
    if accent == "prime":
        shown += "'"
    elif accent:
        shown = f"{ACCENTS[accent][1]}{{{shown}}}"
    return f"{shown}_{{{_latex_letters(below)}}}" if below else shown


_CONSTANTS = {math.log(2.0): ("log 2", r"\log 2"), math.log(10.0): ("log 10", r"\log 10"), math.pi: ("π", r"\pi")}


def number(value: Any) -> str:
    """A number as people write it: no trailing zeros, a true minus.

    >>> number(2.0), number(-0.5), number(1e-7)
    ('2', '−0.5', '1e−7')
    """
    held = np.asarray(plain(value))
    if held.ndim:
        return f"[{'×'.join(map(str, held.shape))}]"
    if held.dtype == bool:
        return str(bool(held))
    return f"{held.item():.6g}".replace("-", "−").replace("e−0", "e−")


def _reflected(rule: Rule) -> Callable[[Any, Any], Any]:
    """The method that Python asks where the other operand stands on the left."""
    return lambda self, other: rule(other, self)


class Written:
    """An expression on paper: text, LaTeX, and how strongly it binds (see `engine/rules.py`).

    >>> x = Written("x")
    >>> print((1 - x) * x)
    (1 − x) · x
    >>> print(rules.tanh.vjp(0)(Written("g"), Written("a"), x))
    g · (1 − a²)
    """

    __slots__ = ("latex", "minus", "opposite", "shape", "strength", "text")

    def __init__(self, text: str, latex: str | None = None, strength: float = 9, shape: tuple[int, ...] = ()) -> None:
        self.text, self.strength, self.shape = text, strength, shape
        self.latex = text if latex is None else latex
        self.minus: Written | None = None  # the expression whose negative this one is
        self.opposite: Written | None = None  # of a comparison: the one that holds where this one does not

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Written({self.text!r})"

    def closed(self, least: float = math.inf) -> Written:
        """In parentheses, unless it binds as strongly as `least`."""
        return self if self.strength >= least else Written(f"({self.text})", rf"\left({self.latex}\right)")

    def __kernel__(self, rule: Rule) -> Callable[..., Any]:
        return lambda *operands, **params: written_rule(rule, operands, params)

    __add__, __radd__ = rules.add, _reflected(rules.add)
    __sub__, __rsub__ = rules.subtract, _reflected(rules.subtract)
    __mul__, __rmul__ = rules.multiply, _reflected(rules.multiply)
    __truediv__, __rtruediv__ = rules.divide, _reflected(rules.divide)
    __neg__, __gt__, __lt__, __le__ = rules.negative, rules.greater, rules.less, rules.less_equal
    mT = property(rules.matrix_transpose)  # noqa: N815 (NumPy's name)

    def __getitem__(self, key: Any) -> Any:
        return rules.getitem(self, key=key if isinstance(key, tuple) else (key,))

    __array_ufunc__ = None  # an array on the left leaves the operation to us


def written(x: Any) -> Written:
    """A number, a node (by its name) or something already written, as written."""
    if isinstance(x, Written):
        return x
    if isinstance(x, Node) and x.name:
        return Written(pretty(x.name), latex_name(x.name), shape=np.shape(x._data))
    if isinstance(x, float) and x in _CONSTANTS:
        return Written(*_CONSTANTS[x], strength=5)
    text = number(x)
    strength = 1 if text.startswith("−") else 9
    out = Written(text, text.replace("−", "-").replace("×", r"\times "), strength, np.shape(plain(x)))
    if strength == 1:
        out.minus = written(-np.asarray(plain(x)).item())
    return out


def written_rule(rule: Rule, operands: Sequence[Any], params: dict[str, Any]) -> Any:
    """The operation `rule` on paper. Ones and zeros that change nothing are left out, signs come to the front."""
    simple = _folded(rule, operands)
    if simple is not None:
        return simple
    shown = [written(x) for x in operands]
    if rule is rules.multiply and _is_column_times_row(*(x.shape for x in shown)):
        return written_rule(rules.matmul, [shown[0], rules.matrix_transpose(shown[1])], {})
    shape = shown[0].shape if shown and rule.kind.name == "elementwise" and not rule.compares else ()
    if rule is rules.expand_dims and shown[0].shape:
        shape = np.expand_dims(np.empty(shown[0].shape), params["axis"]).shape

    def filled(rule: Rule) -> Written:
        text, latex = _filled(rule.text, shown, params, "text"), _filled(rule.latex, shown, params, "latex")
        strength = shown[0].strength if as_it_is else rule.precedence
        if shown and shown[-1].strength == _OPEN and text.endswith(shown[-1].text):
            strength = min(strength, _OPEN)  # y · Σ x: whatever follows would be taken into the sum
        return Written(text, latex, strength, shape)

    as_it_is = rule.text == "<x>"  # the operand is all that is written: moved, repeated or converted
    out = filled(rule)
    if as_it_is:
        out.minus = shown[0].minus
    if rule in _OPPOSITES:
        out.opposite = filled(_OPPOSITES[rule])
    if rule.signs == (-1,):
        out.minus = shown[0]
    return out


def _is_column_times_row(x: tuple[int, ...], y: tuple[int, ...]) -> bool:
    """Whether a product of entries with these lengths is g xᵀ: what goes to the W of W x."""
    return len(x) == 2 and x[1] == 1 < x[0] and y[-1:] > (1,) and y[:-1] in ((), (1,))


def _is(x: Any, value: float) -> bool:
    return not isinstance(x, (Written, Node)) and np.ndim(x) == 0 and bool(x == value)


def _minus(x: Any) -> Any:
    """What x is the negative of, if it is written with a minus."""
    if isinstance(x, (int, float)):
        return -x if x < 0 else None
    return getattr(x, "minus", None)


def _folded(rule: Rule, operands: Sequence[Any]) -> Any:
    """The result of an operation that needs no sign of its own: 1 · x, x + 0, −(−x); None of any other."""
    fold = _FOLDS.get(rule.name)
    return None if fold is None else fold(rule, *operands)


def _folded_product(rule: Rule, x: Any, y: Any) -> Any:
    if _is(x, 1.0):
        return y
    if _is(y, 1.0):
        return x
    if _is(x, 0.0) or _is(y, 0.0):
        return 0.0
    if (turned := _minus(x)) is not None:
        return rules.negative(rule(turned, y))
    if (turned := _minus(y)) is not None:
        return rules.negative(rule(x, turned))
    if rule is rules.multiply and isinstance(x, Written) and isinstance(y, Written) and _are_equal(x, y):
        return rules.square(x)
    return None


def _folded_quotient(rule: Rule, x: Any, y: Any) -> Any:
    if _is(y, 1.0) or _is(x, 0.0):
        return x
    turned = _minus(x)
    return None if turned is None else rules.negative(rule(turned, y))


def _folded_sum(rule: Rule, x: Any, y: Any) -> Any:
    if _is(y, 0.0):
        return x
    if _is(x, 0.0):
        return y if rule is rules.add else -written(y)
    turned = _minus(y)
    if turned is None:
        return None
    return rules.subtract(x, turned) if rule is rules.add else rules.add(x, turned)


def _folded_power(rule: Rule, x: Any, y: Any) -> Any:
    return x if _is(y, 1.0) else rules.square(x) if _is(y, 2.0) else None


def _folded_choice(rule: Rule, condition: Any, x: Any, y: Any) -> Any:
    """A choice between something and 0 is a product with the condition, 1 where it holds."""
    if condition is True or condition is False:
        return x if condition else y
    if _is(y, 0.0) and isinstance(condition, Written):
        return rules.multiply(x, condition)
    if _is(x, 0.0) and getattr(condition, "opposite", None) is not None:
        return rules.multiply(y, condition.opposite)
    return None


def _folded_and(rule: Rule, x: Any, y: Any) -> Any:
    return False if x is False or y is False else None


def _folded_or(rule: Rule, x: Any, y: Any) -> Any:
    return y if x is False else x if y is False else None


def _folded_equal(rule: Rule, x: Any, y: Any) -> Any:
    """A letter and a number count as different."""
    return False if isinstance(x, Written) != isinstance(y, Written) else None


_OPPOSITES = {
    rule: other
    for one, two in [("less", "greater_equal"), ("greater", "less_equal"), ("equal", "not_equal")]
    for rule, other in [(rules.TABLE[one], rules.TABLE[two]), (rules.TABLE[two], rules.TABLE[one])]
}
_FOLDS: dict[str, Callable[..., Any]] = {
    "multiply": _folded_product,
    "matmul": _folded_product,
    "divide": _folded_quotient,
    "add": _folded_sum,
    "subtract": _folded_sum,
    "power": _folded_power,
    "negative": lambda rule, x: _minus(x),
    "where": _folded_choice,
    "pinned": _folded_choice,
    "power_log": lambda rule, x, y, n: rules.power(x, y) * rules.power(rules.log(x), float(n)),
    "logical_and": _folded_and,
    "logical_or": _folded_or,
    "equal": _folded_equal,
}


def _are_equal(x: Written, y: Written) -> bool:
    """Whether two expressions are written alike, and without three dots, which may stand for different things."""
    return x.text == y.text and "…" not in x.text


_OPEN, _MATRIX_PRODUCT, _QUOTIENT = rules.sum.precedence, rules.matmul.precedence, rules.divide.precedence
_NO_SPACE = "\0"  # stands before the parenthesis of an argument until the template is filled
PLACE = re.compile(r"<(\w+)(?::([\w.]+))?>")  # where an operand stands in a row's template


def _filled(template: str, operands: Sequence[Written], params: dict[str, Any], form: str) -> str:
    """A row's template with its operands in their places."""
    named = dict(zip("xyz", operands, strict=False))

    def put(place: re.Match[str]) -> str:
        name, strength = place[1], place[2]
        if name == "args":
            return ", ".join(getattr(a, form) for a in operands)
        if name == "key":
            return _written_key(params["key"], operands[1:], form)
        if name not in named:
            return str(params.get(name, ""))
        x = named[name]
        shown = x.latex if form == "latex" else x.text
        if strength == "f":
            # a letter stands beside its function, everything else in parentheses; \frac{}{}-like braces need none
            if form == "latex" and template[max(place.start() - 1, 0)] == "{":
                return shown
            if x.strength == 9:
                return _NO_SPACE + shown if shown.startswith("(") else shown
            return _NO_SPACE + _bracketed(shown, form)
        if strength == "m":  # A · B C is A · (B C), so (A · B) C has its parentheses
            return shown if x.strength == _MATRIX_PRODUCT or x.strength > _QUOTIENT else _bracketed(shown, form)
        return _bracketed(shown, form) if strength and x.strength < float(strength) else shown

    filled = PLACE.sub(put, template)
    if form == "text":  # x^3 has a sign of its own
        filled = re.sub(r"\^(\d)$", lambda power: SUPERSCRIPTS[power[1]], filled)
    # a function's name stands close to a parenthesis: log(1 + x)
    filled = filled.replace(f" {_NO_SPACE}", "") if form == "text" else filled
    return filled.replace(_NO_SPACE, "")


_OPEN_FUNCTION = re.compile(r"[a-z]+[₀-₉]* ")  # log x, log₂ x; log(1 + x) closes itself
_DIGITS = tuple("0123456789")  # before which a dot stands; 𝟏 is none of them
_FUNCTION = re.compile(r"[a-z]{2,}[₀-₉]*[ (]")
_FUNCTION_NAME = re.compile(r"(?<![^ (])[a-z]{2,}[₀-₉]*$")


def side_by_side(factors: Sequence[Written]) -> list[Written]:
    """Factors, each so that it does not take the next one: (log x) y, where log x y might be the logarithm of both.

    >>> x, y = Written("x"), Written("y")
    >>> [factor.text for factor in side_by_side([rules.log(x), y, rules.log(1 + x), rules.cos(x), rules.sin(x)])]
    ['(log x)', 'y', 'log(1 + x)', 'cos x', 'sin x']
    """
    out = list(factors)
    for n in range(len(out) - 2, -1, -1):  # from the end: what is in parentheses would be an operand, too
        following = out[n + 1].text
        if out[n].strength == _QUOTIENT:
            out[n] = Written(f"({out[n].text})", out[n].latex)
        elif _is_open(out[n]) and following[:1] not in _DIGITS and not _FUNCTION.match(following):
            latex = out[n].latex  # no sign of its own follows the exponent of e
            out[n] = Written(f"({out[n].text})", latex if latex.startswith("e^") else _bracketed(latex, "latex"))
    return out


def above_slash(x: Written) -> Written:
    """What stands above a slash, the last factor there: (log x)/2, where log x/2 might be the logarithm of x/2."""
    if x.strength <= rules.add.precedence:  # in parentheses as a sum
        return x
    closed = x.strength != _QUOTIENT and not _is_open(x) and not _ends_open(x.text)
    return x if closed else Written(f"({x.text})", x.latex)


def _is_open(x: Written) -> bool:
    """Whether a function stands before its operand without parentheses, and might take what follows as well."""
    return x.strength == rules.log.precedence and bool(_OPEN_FUNCTION.match(x.text))


def _ends_open(text: str) -> bool:
    """Whether a text ends in a function with its operand beside it: h ⊙ cos r."""
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += (text[place] in ")]}") - (text[place] in "([{")
        if text[place] == " " and not depth:
            return bool(_FUNCTION_NAME.search(text[:place]))
    return False


def _bracketed(shown: str, form: str) -> str:
    return rf"\left({shown}\right)" if form == "latex" else f"({shown})"


def _written_key(key: Sequence[Any], indices: Sequence[Written], form: str) -> str:
    """An indexing as Python writes it."""
    arrays = iter(indices)

    def one(part: Any) -> str:
        if part is HOLE:
            return str(getattr(next(arrays), form))
        if isinstance(part, slice):
            ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
            return ":".join(ends if part.step is None else [*ends, str(part.step)])
        return "…" if part is Ellipsis else str(part)

    return ", ".join(map(one, key))


def written_vjp(
    node: Node, position: int, g: Any = 1.0, operands: Sequence[Any] | None = None, out: Any = None
) -> Written | None:
    """What `node` hands to its argument at `position`, on paper; None where no derivative goes.

    g: the incoming gradient as written; with the default 1.0 the result is the local derivative alone. operands and
    out: how the arguments and the result are called, by default by their names, or x, y, … and out.

    >>> from tinygrad_edu import Tensor
    >>> X, W = Tensor([[1.0, 2.0]], name="X"), Tensor([[1.0], [2.0]], name="W")
    >>> z = X @ W
    >>> print(written_vjp(z, 1, Written("∂L/∂z")))
    Xᵀ ∂L/∂z
    """
    assert node.rule is not None
    vjp = node.rule.vjp(position)
    if vjp is None:
        return None
    shown = []
    for i, (a, letter) in enumerate(
        zip(node.args, [*"xyz", *(f"x_{k}" for k in range(4, 4 + len(node.args)))], strict=False)
    ):
        given = operands[i] if operands is not None else None
        if given is None:
            constant = not isinstance(a, Node)
            given = a if constant and np.ndim(a) == 0 else written(a) if constant or a.name else Written(letter)
        if isinstance(given, Written):
            given = Written(given.text, given.latex, given.strength, np.shape(plain(a)))
        shown.append(given)
    result = out if out is not None else written(node) if node.name else Written("out")
    try:
        return written(vjp(g, result, *shown, **node.params))
    except (TypeError, ValueError, AttributeError, IndexError):
        if not node.rule.opaque:
            raise
        return _written_slope(node.rule, g, written(shown[position]))


def _written_slope(rule: Rule, g: Any, x: Written) -> Written:
    """g · ∂f/∂x of an operation whose derivative cannot be run on letters."""
    latex = rf"\frac{{\partial\,\mathrm{{{escaped_latex(rule.words)}}}}}{{\partial {x.latex}}}"
    return written(rules.multiply(g, Written(f"∂{rule.words}/∂{x.text}", latex, strength=3)))
