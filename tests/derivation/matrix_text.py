"""The numbers of a formula in matrix notation, found from its text alone: an independent reader for the tests.

Vectors are columns. 𝟏 takes its length from what stands beside it: until then its axis is free, and repeats.
"""

import re

import numpy as np

FUNCTIONS = {
    "log": np.log, "exp": np.exp, "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "√": np.sqrt, "sqrt": np.sqrt,
    "σ": lambda x: 1 / (1 + np.exp(-x)), "sign": np.sign, "sinh": np.sinh, "cosh": np.cosh,
    "softplus": lambda x: np.log1p(np.exp(x)), "erf": lambda x: np.vectorize(__import__("math").erf)(x),
}  # fmt: skip
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
RELATIONS = {">": np.greater, "<": np.less, "≥": np.greater_equal, "≤": np.less_equal, "=": np.equal, "≠": np.not_equal}


class Held:
    """An array of two axes; `free`: which of them have no length yet. `unit`: so many times the unit matrix."""

    def __init__(self, array, free=(False, False), scalar=False, unit=False):
        self.array, self.free, self.scalar, self.unit = np.asarray(array, float), free, scalar, unit

    def of(self, array):
        return Held(array, self.free, self.scalar)

    @property
    def T(self):
        return self if self.scalar or self.unit else Held(self.array.T, self.free[::-1])


def number(x):
    return Held(np.full((1, 1), float(x)), scalar=True)


def product(x, y):
    if x.scalar or y.scalar or x.unit or y.unit:
        other = y if x.scalar or x.unit else x
        return Held(x.array * y.array, other.free, x.scalar and y.scalar, other.unit)
    if x.free[1]:
        assert not y.free[0], "the length of 𝟏 cannot be told"
        out = x.array * y.array.sum(axis=0, keepdims=True)
    elif y.free[0]:
        out = x.array.sum(axis=1, keepdims=True) * y.array
    else:
        out = x.array @ y.array
    free = (x.free[0], y.free[1])
    return Held(out, free, out.shape == (1, 1) and not any(free))


def entrywise(function, x, y):
    if (x.unit and y.scalar and function in (np.multiply, np.divide)) or (x.unit and y.unit):
        return Held(function(x.array, y.array), unit=True)
    if x.unit or y.unit:
        other = y if x.unit else x
        x, y = (Held(z.array * np.eye(other.array.shape[0])) if z.unit else z for z in (x, y))
    free = tuple((x.scalar or a) and (y.scalar or b) for a, b in zip(x.free, y.free, strict=True))
    scalar = x.scalar and y.scalar
    return Held(function(x.array, y.array), (False, False) if scalar else free, scalar)


class Reader:
    """names: the values of all letters, by how they are written."""

    def __init__(self, text, names):
        words = sorted([*names, *FUNCTIONS, "softmax", "diag", "tr", "det", "max", "min"], key=len, reverse=True)
        words = "|".join(re.escape(word) for word in words)
        pattern = rf"\s*(\^\{{⊙[^}}]*\}}|⁻ᵀ|{words}|\d+(?:\.\d+)?(?:e−?\d+)?|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+|\S)"
        self.tokens = re.findall(pattern, text)
        self.names, self.place, self.norms = names, 0, 0

    @property
    def next(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted=None):
        token = self.next
        assert wanted is None or token == wanted, f"{wanted} expected at {self.tokens[self.place :]}"
        self.place += 1
        return token

    def value(self, shape):
        found = self.sum()
        assert not self.next, f"left: {self.tokens[self.place :]}"
        if found.unit:
            return found.array * np.eye(shape[0])
        wide = (*shape, 1) if len(shape) == 1 else shape
        return np.broadcast_to(found.array, wide or (1, 1)).reshape(shape)

    def sum(self):
        minus = self.next == "−" and self.take()
        out = self.product()
        out = product(number(-1), out) if minus else out
        while self.next and self.next in "+−":
            sign = self.take()
            out = entrywise(np.add if sign == "+" else np.subtract, out, self.product())
        return out

    def product(self):
        out = self.factor()
        while self.next and self.next not in "+−)],;><≥≤=≠" and not (self.next in "‖|" and self.norms):
            if self.next in "⊙⊘/":
                sign = self.take()
                out = entrywise(np.multiply if sign == "⊙" else np.divide, out, self.factor())
            else:
                if self.next == "·":
                    self.take()
                out = product(out, self.factor())
        return out

    def factor(self):
        out = self.atom()
        while True:
            if self.next in ("ᵀ", "⁻ᵀ"):
                out = out.T if self.take() == "ᵀ" else Held(np.linalg.inv(out.array).T)
            elif self.next.startswith("^{⊙"):
                out = out.of(out.array ** float(self.take()[3:-1].replace("−", "-")))
            elif self.next and all(c in RAISED for c in self.next):
                power = int("".join(RAISED[c] for c in self.take()))
                out = Held(np.linalg.inv(out.array)) if power == -1 and not out.scalar else out.of(out.array**power)
            else:
                return out

    def atom(self):
        token = self.take()
        if token == "1" and self.next == "[":
            self.take()
            left, relation, right = self.sum(), self.take(), self.sum()
            self.take("]")
            return entrywise(RELATIONS[relation], left, right)
        if token in self.names:
            return self.names[token]
        if token == "𝟏":
            return Held(np.ones((1, 1)), (True, False))
        if token == "I":
            return Held(np.ones((1, 1)), unit=True)
        if re.fullmatch(r"[\d.]+(e−?\d+)?", token):
            return number(token.replace("−", "-"))
        if token in "(‖|":
            outside, self.norms = self.norms, token != "("
            out = self.sum()
            self.norms = outside
            self.take(")" if token == "(" else token)
            if token == "|":
                return out.of(np.abs(out.array))
            return out if token == "(" else number(np.linalg.norm(out.array))
        return self.applied(token)

    def applied(self, token):
        if token in ("max", "min"):
            self.take("(")
            one = self.sum()
            self.take(",")
            other = self.sum()
            self.take(")")
            return entrywise(np.maximum if token == "max" else np.minimum, one, other)
        x = self.atom() if self.next == "(" else self.factor()
        if token == "diag":
            return Held(np.diag(x.array.ravel()) if x.array.shape[1] == 1 else np.diag(x.array)[:, None])
        if token == "tr":
            return number(np.trace(x.array))
        if token == "det":
            return number(np.linalg.det(x.array))
        if token == "softmax":
            axis = 0 if x.array.shape[1] == 1 else 1
            held = np.exp(x.array)
            return x.of(held / held.sum(axis=axis, keepdims=True))
        return x.of(FUNCTIONS[token](x.array))


def held(value):
    """A letter's numbers: a vector is a column."""
    value = np.asarray(value, float)
    if value.size == 1:
        return number(value.item())
    return Held(value[:, None] if value.ndim == 1 else value)


def value_of(text, names, shape):
    """The numbers of a text as an array of this shape. names: values by how the letters are written."""
    return Reader(text, {name: held(value) for name, value in names.items() if np.ndim(value) < 3}).value(shape)
