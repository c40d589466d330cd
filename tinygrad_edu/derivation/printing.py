"""Formulas on paper, in Unicode and in LaTeX, the way a textbook has them.

Functions are written by their row's own templates; what is written here is the arithmetic between them: which term
comes first, what stands in front of a fraction, where a sign goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from ..engine.rules import TABLE
from ..paper.notation import (
    SUBSCRIPTS,
    SUPERSCRIPTS,
    Written,
    above_slash,
    latex_name,
    pretty,
    side_by_side,
    written,
    written_rule,
)
from .factors import (
    bare,
    common_number,
    divided,
    fractions_within,
    has_fractions,
    is_negative,
    is_size,
    joint_roots,
    looks,
    negated,
    parted,
    turned_sigmoid,
    with_numbers_in_front,
)
from .symbolic.functions import (
    Expr,
    Largest,
    Smallest,
    cases,
    flat,
    is_class,
    is_decimal,
    is_truth,
    is_typed,
    soft,
)

_ROWS = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.asin: "arcsin", sp.acos: "arccos",
    sp.atan: "arctan", sp.atan2: "arctan2", sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh", sp.asinh: "arcsinh",
    sp.acosh: "arccosh", sp.atanh: "arctanh", sp.erf: "erf", sp.Abs: "absolute", sp.sign: "sign", sp.floor: "floor",
    sp.ceiling: "ceil", sp.Max: "maximum", sp.Min: "minimum",
}  # fmt: skip
_RELATIONS = {
    sp.Eq: ("=", "="), sp.Ne: ("≠", r"\ne"), sp.Lt: ("<", "<"), sp.Le: ("≤", r"\le"), sp.Gt: (">", ">"),
    sp.Ge: ("≥", r"\ge"),
}  # fmt: skip
# What has another sign where the user has that letter: σ(x), and eˣ in LaTeX
_OTHER_SIGNS = {
    "sigmoid": ("σ", "sigmoid({})", r"\operatorname{{sigmoid}}\left({}\right)"),
    "exp": ("e", "exp({})", r"\exp\left({}\right)"),
}
_WITH_INDICES = ("Σ", "Π", "max", "min")  # signs that have indices: a tensor called Σ has the entry Σ[i, j]
_LETTERS_BELOW = {below for letter, below in SUBSCRIPTS.items() if letter.isalpha()}
SUM, PRODUCT, QUOTIENT, POWER, APPLIED, LETTER = 1, 2, 3, 4, 5, 9
# The strength of a product that ends in a Σ: whatever follows would belong to the sum
WITH_SUM = 1.5


class Printer:
    """Writes expressions. order: where each name stands in the user's own order; ranks: where each term does.

    names: how some letters are written that are no names (∂L/∂ŷ).
    """

    def __init__(self, order: Sequence[str] = (), names: Mapping[str, Written] | None = None) -> None:
        self.order = {name: n for n, name in enumerate(order)}
        self.taken = {pretty(name) for name in order}  # a letter of the user's keeps its name, and a sign takes another
        self.names = dict(names or {})
        self.ranks: dict[Expr, int] = {}
        self.loss = Written("L")
        self.out = 0  # how many of a gradient's indices are those of what is derived
        self.first: Written | None = None  # by what the loss has been derived already
        self.plain: set[str] = set()  # the names of single numbers
        self.gradients: dict[str, str] = {}  # letters that stand for ∂L/∂name
        self.big: set[str] = set()  # letters of expressions whose factor stands in front: (1/N) (…)
        self.lengths: Callable[[str], Sequence[Expr]] = lambda label: ()  # how far the indices of a letter go
        self._known: dict[Expr, Written] = {}
        self._spelt: dict[Expr, str] = {}
        self._first: dict[Expr, int] = {}

    def write(self, e: Expr) -> Written:
        """An expression on paper."""
        found = self._known.get(e)
        if found is None:
            found = self._known[e] = self._write(e)
        return found

    def length(self, e: Expr) -> int:
        """How long an expression reads: its width, and 6 for each letter in it (a letter squared counts twice).

        Of single numbers, a sum of fractions beside a factor counts 8 more: (1/x) (a − b/x) for (a x − b)/x².
        """
        return len(self.write(e).text) + 6 * looks(e) + 8 * fractions_within(e)

    def name(self, name: str) -> Written:
        """A tensor's name."""
        return self.names.get(name) or Written(pretty(name), latex_name(name))

    def stand_in(self, shown: Written, big: bool = False) -> Expr:
        """A letter that is written as `shown`; big: its factor stands in front, not in a fraction with it."""
        name = f"§{len(self.names)}"
        self.names[name] = shown
        if big:
            self.big.add(name)
        return sp.Symbol(name)

    def gradient(self, name: str, indices: Sequence[Expr]) -> Written:
        """∂L/∂name; ∂²L/∂w∂name where the loss has been derived by w already. Without indices, in matrices."""
        own, rest = indices[: self.out], indices[self.out :]
        towards = self.indexed(self.name(name), rest)
        if self.first is None:
            return self.derivative(self.indexed(self.loss, own), towards)
        first = self.indexed(self.first, own)
        if not indices and first.text == towards.text and not self.out:
            raised = Written(f"{towards.text}²", f"{towards.latex}^2")
            return Written(
                f"∂²{self.loss.text}/∂{raised.text}",
                rf"\frac{{\partial^2 {self.loss.latex}}}{{\partial {raised.latex}}}",
            )
        if not indices and self.out and name not in self.plain:
            towards = Written(towards.text + "ᵀ", towards.latex + r"^\top")
        return Written(
            f"∂²{self.loss.text}/∂{first.text}∂{towards.text}",
            rf"\frac{{\partial^2 {self.loss.latex}}}{{\partial {first.latex} \, \partial {towards.latex}}}",
        )

    def derivative(self, of: Written, towards: Written) -> Written:
        """∂of/∂towards."""
        return Written(f"∂{of.text}/∂{towards.text}", rf"\frac{{\partial {of.latex}}}{{\partial {towards.latex}}}")

    def derivative_before(self, of: Written, towards: Written) -> Written:
        """∂/∂towards (of)."""
        of = of.closed()
        return Written(f"∂/∂{towards.text} {of.text}", rf"\frac{{\partial}}{{\partial {towards.latex}}} {of.latex}")

    def learn(self, expr: Expr) -> None:
        """Remember in which order the terms of a sum came."""
        for term in sp.Add.make_args(expr):
            self.ranks.setdefault(bare(term), len(self.ranks))

    def in_order(self, e: Expr) -> list[Expr]:
        """The terms of a sum in the order in which they are written."""
        return self._sorted(sp.Add.make_args(e), self._rank)

    def factors_in_order(self, factors: Iterable[Expr]) -> list[Expr]:
        """Factors in the order in which they are written."""
        factors = list(factors)
        return self._sorted([turned_sigmoid(f, factors) for f in factors], self._place)

    # ── by kind ──

    def _write(self, e: Expr) -> Written:
        if isinstance(e, sp.Indexed):
            if str(e.base.label) in self.gradients:
                return self.gradient(self.gradients[str(e.base.label)], e.indices)
            return self.indexed(self.name(str(e.base.label)), e.indices)
        if e.is_Symbol:
            return self.gradient(self.gradients[e.name], ()) if e.name in self.gradients else self.name(e.name)
        if isinstance(e, sp.Add):
            return self._sum(e)
        if isinstance(e, sp.Mul):
            return self._product(e)
        if isinstance(e, sp.Pow):
            return self._power(e)
        if e.is_Rational or e.is_Float:
            return _number(e)
        if isinstance(e, ExprWithLimits):
            return self._with_limits(e)
        if isinstance(e, cases):
            return self._cases(e)
        if isinstance(e, sp.KroneckerDelta):
            return self._delta(e)
        if is_truth(e):
            return self._condition(e)
        return self._function(e)

    def indexed(self, name: Written, indices: Sequence[Expr]) -> Written:
        """A letter with its indices."""
        if not indices:
            return name
        shown = [self.write(_place(i)) for i in indices]
        below = "".join(i.text.replace(" ", "").replace("−", "-") for i in shown)
        latex = (
            "".join(i.latex for i in shown) if all(i.is_Symbol for i in indices) else ", ".join(i.latex for i in shown)
        )
        base = name.latex if "_" not in name.latex and "^" not in name.latex else f"{{{name.latex}}}"
        lettered = name.text[-1:] in _LETTERS_BELOW or name.text in _WITH_INDICES  # Wᵢ, whose index j makes it Wᵢⱼ
        lined_up = len(indices) == 1 or all(i.is_Symbol for i in indices)
        text = name.text + "".join(SUBSCRIPTS.get(c, "?") for c in below)
        if text in self.taken:  # the first entry of x beside a tensor called x₁
            latex = f"[{latex}]"
        if "?" in text or text in self.taken or lettered or not lined_up:
            text = f"{name.text}[{', '.join(i.text for i in shown)}]"
        return Written(text, f"{base}_{{{latex}}}")

    def _sum(self, e: Expr) -> Written:
        content = common_number(e)
        if content != 1:
            return self.write(sp.Mul(content, divided(e, content), evaluate=False))
        terms = self.in_order(e)
        if all(t.is_integer and not t.has(sp.Indexed, sp.Function) for t in terms):  # i + 1, N − i + 1
            terms = sorted(terms, key=lambda t: (t.is_number, is_negative(t)))
        if all(is_negative(t) for t in terms):
            inside = self._sum_of([-t for t in terms]).closed()
            return Written("−" + inside.text, "-" + inside.latex, SUM)
        return self._sum_of(terms)

    def _sum_of(self, terms: Sequence[Expr]) -> Written:
        text = latex = ""
        for n, term in enumerate(terms):
            minus = is_negative(term)
            shown = self.write(term) if not minus else self.write(negated(term)).closed(WITH_SUM)
            if n == 0:
                text, latex = ("−" + shown.text, "-" + shown.latex) if minus else (shown.text, shown.latex)
            else:
                text += f" {'−' if minus else '+'} {shown.text}"
                latex += f" {'-' if minus else '+'} {shown.latex}"
        return Written(text, latex, SUM)

    def _spelling(self, e: Expr) -> str:
        """SymPy's text of an expression, which decides between two that are equal in everything else."""
        found = self._spelt.get(e)
        if found is None:
            found = self._spelt[e] = str(e)
        return found

    def _sorted(self, items: Iterable[Expr], key: Callable[[Expr], tuple[Any, ...]]) -> list[Expr]:
        """Sorted by `key`, and by their spelling where that is equal: the spelling takes long, so it comes last."""
        groups: dict[tuple[Any, ...], list[Expr]] = {}
        for item in items:
            groups.setdefault(key(item), []).append(item)
        return [
            item
            for _, group in sorted(groups.items(), key=lambda pair: pair[0])
            for item in (sorted(group, key=self._spelling) if len(group) > 1 else group)
        ]

    def _first_name(self, e: Expr) -> int:
        """The place in the user's order of the first tensor that an expression names; -1 where it names none."""
        found = self._first.get(e)
        if found is None:
            if isinstance(e, sp.Symbol):
                found = self.order.get(e.name, -1)
            else:
                places = [place for a in e.args if (place := self._first_name(a)) >= 0]
                found = min(places, default=-1)
            self._first[e] = found
        return found

    def _rank(self, term: Expr) -> tuple[Any, ...]:
        """Positive terms first, then as the user had them; else by the names, the shorter term first."""
        known = self.ranks.get(bare(term), len(self.ranks)) if self.ranks else 0
        return (is_negative(term), known, self._first_name(term), looks(term))

    def _product(self, e: Expr) -> Written:
        negative, numbers, sizes, over, under = parted(with_numbers_in_front(e))
        over, under = self.factors_in_order(over), self.factors_in_order(under)
        big = any(isinstance(f, ExprWithLimits) or has_fractions(f) or self._is_big(f) for f in over)
        if big or (not over and not under):
            out = self._fraction_before(numbers, [*sizes, *under], over, negative)
        elif sizes or under:
            out = self._fraction([*numbers, *over], [*sizes, *under])
        else:
            out = self._factors([*numbers, *over])
        if not negative:
            return out
        out = out.closed(WITH_SUM)
        return Written("−" + out.text, "-" + out.latex, SUM)

    def _fraction_before(
        self, numbers: Sequence[Expr], under: Sequence[Expr], over: Sequence[Expr], negative: bool
    ) -> Written:
        """Numbers and what is under the fraction in front, then the other factors: (1/N) Σ …"""
        first = self._fraction(numbers, under) if (numbers or under) else None
        rest = self._factors(over) if over else None
        if rest is None:
            return first if first is not None else Written("1")
        if first is not None or negative:
            rest = rest.closed(WITH_SUM)
        if first is None:
            return rest
        first, rest = side_by_side([first, rest])
        dot = rest.text[:1].isdigit()
        text, latex = (" · ", r" \cdot ") if dot else (" ", " ")
        return Written(
            f"{first.text}{text}{rest.text}", f"{first.latex}{latex}{rest.latex}", min(PRODUCT, rest.strength)
        )

    def _fraction(self, over: Sequence[Expr], under: Sequence[Expr]) -> Written:
        if not under:
            return self._factors(over) if over else Written("1")
        top = self._factors(over, above=True) if over else Written("1")
        bottom = self._factors(under)
        loose = top.strength <= SUM or (top.text.startswith("∂") and len(over) == 1)
        high = f"({top.text})" if loose else top.text
        simple = bottom.strength >= POWER and " " not in _outside(bottom.text)
        low = bottom.text if simple else f"({bottom.text})"
        joint = " / " if len(under) > 1 else "/"
        return Written(f"{high}{joint}{low}", rf"\frac{{{top.latex}}}{{{bottom.latex}}}", QUOTIENT)

    def _factors(self, factors: Sequence[Expr], above: bool = False) -> Written:
        """Factors side by side, or above a slash; 1 − σ(x y) among them as σ(−x y)."""
        factors = joint_roots([turned_sigmoid(f, factors) for f in factors])
        written = [self.write(factor) for factor in factors]
        if above:
            written[-1] = above_slash(written[-1])
        written = side_by_side(written)
        if len(factors) == 1:
            return written[0]
        text = latex = ""
        strength: float = PRODUCT
        for n, (factor, shown) in enumerate(zip(factors, written, strict=True)):
            last = n == len(factors) - 1
            bracket = shown.strength <= SUM or (shown.strength == WITH_SUM and not last)
            bracket = bracket or (isinstance(factor, cases) and shown.strength < LETTER)
            if shown.strength == WITH_SUM and last:
                strength = WITH_SUM
            shown = shown.closed() if bracket else shown
            opens = shown.text.startswith("(")
            digit = bool(n) and shown.text[:1].isdigit()
            gap = "" if not text or (opens and not text.endswith(")") and not _spoken(text)) else " "
            if text.endswith(")") and bracket:
                gap = " " if isinstance(factor, ExprWithLimits) else ""
            called = text == "σ" and opens  # σ(x + μ) would be a sigmoid
            dot = digit or called or (bool(n) and (self._is_gradient(factor) or self._is_gradient(factors[n - 1])))
            text += (" · " if dot else gap) + shown.text
            latex += (r" \cdot " if digit or called else " " if latex else "") + shown.latex
        return Written(text, latex, strength)

    def _is_gradient(self, factor: Expr) -> bool:
        return _label(factor) in self.gradients

    def _is_big(self, factor: Expr) -> bool:
        return isinstance(factor, sp.Symbol) and factor.name in self.big

    def _place(self, factor: Expr) -> tuple[Any, ...]:
        """Numbers, sizes, letters in the user's order, parentheses, functions, sums."""
        base = factor.base if isinstance(factor, sp.Pow) else factor
        if base.is_number:
            kind = 0
        elif is_size(base):
            kind = 1
        elif isinstance(base, soft) and isinstance(base.args[0], sp.Indexed):
            kind = 4
        elif isinstance(base, (sp.Indexed, sp.Symbol)):
            kind = 9 if self._is_big(base) else 3 if self._is_gradient(base) else 4
        elif isinstance(base, sp.Add):
            kind = 5
        elif isinstance(base, ExprWithLimits):
            kind = 9
        elif isinstance(base, (cases, sp.KroneckerDelta)):
            kind = 7
        else:
            kind = 6
        return (kind, self._first_name(base))

    def _power(self, e: Expr) -> Written:
        base, power = e.base, e.exp
        if power.is_Rational and power.is_negative:
            return self._fraction([], [base if power == -1 else base**-power])
        shown = self.write(base)
        if power == sp.Rational(1, 2):
            return written(written_rule(TABLE["sqrt"], [shown], {}))
        if not isinstance(base, sp.Indexed):  # z_i squared: the index stays below, the power above
            shown = shown.closed(LETTER)
        up = self.write(power)
        if all(c in SUPERSCRIPTS for c in up.text.replace("−", "-")) and power.is_number:
            raised = "".join(SUPERSCRIPTS[c] for c in up.text.replace("−", "-"))
        else:
            raised = f"^{up.closed(LETTER).text}"
        return Written(shown.text + raised, f"{shown.latex}^{{{up.latex}}}", POWER)

    def _with_limits(self, e: Expr) -> Written:
        signs = {
            sp.Sum: ("Σ", r"\sum"),
            sp.Product: ("Π", r"\prod"),
            Largest: ("max", r"\max"),
            Smallest: ("min", r"\min"),
        }
        sign, command = signs[type(e)]
        text = latex = ""
        function = e.function
        for k, low, high in reversed(e.limits):
            letter, end = self.write(k), self.write(high)
            below = SUBSCRIPTS.get(letter.text)
            start = self.write(low)
            told = low == 1 and is_size(high) and self._tells_length(function, k, high)
            if told and (other := _left_out(function, k)) is not None:  # Π xⱼ^(1 − δᵢⱼ)
                function, apart = function.base, self.write(other)
                text += f"{sign}_{{{letter.text}≠{apart.text}}}"
                latex += rf"{command}_{{{letter.latex} \ne {apart.latex}}}"
                continue
            text += f"{sign}{below}" if below and told else f"{sign}_{{{letter.text}={start.text}…{end.text}}}"
            if type(e) not in (Largest, Smallest):
                latex += rf"{command}_{{{letter.latex}={start.latex}}}^{{{end.latex}}}"
            elif told:
                latex += f"{command}_{{{letter.latex}}}"
            else:
                latex += rf"{command}_{{{start.latex} \le {letter.latex} \le {end.latex}}}"
        inside = self.write(function).closed(WITH_SUM)
        return Written(f"{text} {inside.text}", f"{latex} {inside.latex}", WITH_SUM)

    def _tells_length(self, e: Expr, k: Expr, high: Expr) -> bool:
        """Whether an index stands alone at a letter, as in xₖ and not in x[N − k + 1], whose axes all end at `high`."""
        ends = [
            n
            for a in e.atoms(sp.Indexed)
            for i, n in zip(a.indices, self.lengths(str(a.base.label)), strict=True)
            if i == k
        ]
        return bool(ends) and all(n == high for n in ends)

    def _cases(self, e: Expr) -> Written:
        if e.is_indicator:
            shown = self.write(e.args[1])
            return Written(f"1[{shown.text}]", rf"\mathbf{{1}}\left[{shown.latex}\right]")
        texts, rows = [], []
        for x, condition in e.pairs:
            shown = self.write(x)
            if condition == sp.true:
                texts.append(f"{shown.text} otherwise")
                rows.append(rf"{shown.latex} & \text{{otherwise}}")
            else:
                given = self.write(condition)
                texts.append(f"{shown.text} if {given.text}")
                rows.append(rf"{shown.latex} & \text{{if }} {given.latex}")
        return Written("{" + "; ".join(texts) + "}", r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}")

    def _delta(self, e: Expr) -> Written:
        i, j = e.args
        if i.is_Symbol and j.is_Symbol and "δ" not in self.taken:
            one, two = sorted((i, j), key=lambda s: s.name)
            return self.indexed(Written("δ", r"\delta"), (one, two))
        if not i.is_Symbol:
            i, j = j, i
        left, right = self.write(_place(i)), self.write(_place(j))
        return Written(f"1[{left.text} = {right.text}]", rf"\mathbf{{1}}\left[{left.latex} = {right.latex}\right]")

    def _condition(self, e: Expr) -> Written:
        for kind, (text, latex) in _RELATIONS.items():
            if isinstance(e, kind):
                x, y = map(self.write, e.args)
                return Written(f"{x.text} {text} {y.text}", f"{x.latex} {latex} {y.latex}", SUM)
        if e in (sp.true, sp.false):
            return Written("true" if e == sp.true else "false", rf"\text{{{'true' if e == sp.true else 'false'}}}")
        words = {"And": " and ", "Or": " or ", "Not": "not "}[e.func.__name__]
        shown = list(map(self.write, e.args))
        if isinstance(e, sp.Not):
            return Written(f"not {shown[0].text}", rf"\text{{not }} {shown[0].latex}", SUM)
        return Written(words.join(s.text for s in shown), rf"\text{{{words}}}".join(s.latex for s in shown), SUM)

    def _function(self, e: Expr) -> Written:
        if isinstance(e, soft):
            return self._soft(e)
        if isinstance(e, flat):
            return self.write(e.doit())
        if isinstance(e, sp.Abs) and is_typed(-e.args[0]):  # |y − p|, as the user has it
            e = sp.Abs(-e.args[0], evaluate=False)
        args = [self.write(a) for a in e.args]
        name = _ROWS.get(e.func, e.func.__name__)
        if isinstance(e, sp.sinc):
            return written(written_rule(TABLE["sinc"], [self.write(e.args[0] / sp.pi)], {}))
        if isinstance(e, sp.Mod):
            x, y = (a.closed(LETTER) for a in args)
            return Written(f"({x.text} mod {y.text})", rf"\left({x.latex} \bmod {y.latex}\right)")
        if isinstance(e, (sp.Max, sp.Min)):
            args = sorted(args, key=lambda a: a.text.isdigit())
            listed = ", ".join(a.text for a in args), ", ".join(a.latex for a in args)
            word = "max" if isinstance(e, sp.Max) else "min"
            return Written(f"{word}({listed[0]})", rf"\{word}\left({listed[1]}\right)")
        if name in _OTHER_SIGNS and _OTHER_SIGNS[name][0] in self.taken:
            text, latex = _OTHER_SIGNS[name][1:]
            return Written(text.format(args[0].text), latex.format(args[0].latex))
        if name in TABLE:
            out = written_rule(TABLE[name], args, {})
            return Written(out.text, out.latex, out.strength)
        if e == sp.pi:  # a letter of the user's that is called π keeps its name
            return Written("3.14159265359") if "π" in self.taken else Written("π", r"\pi")
        if e == sp.E:
            return Written("2.71828182846") if "e" in self.taken else Written("e", "e")
        if e.is_number and not e.args:
            return Written(str(e).replace("oo", "∞"), sp.latex(e))
        listed = ", ".join(a.text for a in args), ", ".join(a.latex for a in args)
        return Written(f"{name}({listed[0]})", rf"\operatorname{{{name}}}\left({listed[1]}\right)")

    def _soft(self, e: Expr) -> Written:
        """softmax(z/T)ᵢ of a letter that is at most scaled; in all other cases exp(…)/Σ exp(…)."""
        inside, total = e.args
        for z in inside.atoms(sp.Indexed):
            whole = inside.xreplace({z: sp.Symbol(str(z.base.label))})
            if whole.has(sp.Indexed) or (inside / z).has(z) or not self._is_of_whole(inside, z, total):
                break
            indices, shown = z.indices, self.write(whole)
            below = [each.indices[0] for each in total.atoms(sp.Indexed) if each.base == z.base]
            if len(indices) == 2 and indices[0] not in below:  # along each column
                shown, indices = shown.closed(LETTER), indices[::-1]
                shown = Written(f"{shown.text}ᵀ", rf"{shown.latex}^\top")
            name = Written(f"softmax({shown.text})", rf"\operatorname{{softmax}}\left({shown.latex}\right)")
            return self.indexed(name, indices)
        return self._fraction([sp.exp(inside)], [total])

    def _is_of_whole(self, inside: Expr, z: Expr, total: Expr) -> bool:
        """Whether Σ exp(inside) goes along a whole axis of the letter `z` in it: a softmax of z[2:] is none of z."""
        if not isinstance(total, sp.Sum) or len(total.limits) != 1 or not isinstance(total.function, sp.exp):
            return False
        k, low, high = total.limits[0]
        along = [
            inside.xreplace({z: z.base[(*z.indices[:axis], k, *z.indices[axis + 1 :])]})
            for axis in range(len(z.indices))
        ]
        lengths = self.lengths(str(z.base.label))
        return low == 1 and (total.function.args[0], high) in zip(along, lengths, strict=True)


def _left_out(factor: Expr, k: Expr) -> Expr | None:
    """The index i of x^(1 − δᵢₖ), which is x but where k is i; None of anything else."""
    deltas = factor.exp.atoms(sp.KroneckerDelta) if isinstance(factor, sp.Pow) else ()
    if len(deltas) != 1 or factor.exp != 1 - (delta := next(iter(deltas))) or k not in delta.args:
        return None
    return next((i for i in delta.args if i != k), None)


def _label(e: Expr) -> str | None:
    """What a letter is called, with or without indices; None of an expression that is no letter."""
    if isinstance(e, sp.Symbol):
        return str(e.name)
    base = getattr(e, "base", None)  # of an Indexed, and of a power
    if isinstance(base, sp.IndexedBase):
        return str(base.label)
    return str(base.name) if isinstance(base, sp.Symbol) else None


def _outside(text: str) -> str:
    """A text without what stands in parentheses."""
    depth, out = 0, []
    for c in text:
        depth += c in "([{"
        out.append(c if not depth else "")
        depth -= c in ")]}"
    return "".join(out)


def _number(e: Expr) -> Written:
    if e.is_Integer:
        text = str(abs(e))
    elif e.is_Float:
        text = f"{float(abs(e)):.6g}"
    elif is_decimal(abs(e)):
        text = f"{float(abs(e)):.10g}"
    else:
        out = Written(f"{abs(e.p)}/{e.q}", rf"\frac{{{abs(e.p)}}}{{{e.q}}}", QUOTIENT)
        return Written("−" + out.text, "-" + out.latex, SUM) if e < 0 else out
    latex = text
    if "e" in text:
        digits, _, power = text.partition("e")
        latex = rf"{digits} \cdot 10^{{{int(power)}}}"
        text = f"{digits}e{int(power)}".replace("-", "−")
    return Written("−" + text, "-" + latex, SUM) if e < 0 else Written(text, latex)


def _place(index: Expr) -> Expr:
    """What stands as an index on paper: a class number, which counts from 0 in the data, is the class."""
    if is_class(index):
        return index.args[1]
    return index.replace(flat, lambda *held: flat(*held).doit()) if index.has(flat) else index


def _spoken(text: str) -> bool:
    """Whether a parenthesis after this text would read as its argument."""
    return text.rstrip("₀₁₂₃₄₅₆₇₈₉")[-1:].isupper() and len(text) == 1
