"""The program of a gradient as a careful person would write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..engine.graph import Node, describe
from ..errors import FrozenNumberError
from ..paper.notation import Written, written, written_rule
from ..tensors.transforms import Argnums, value_and_grad
from ..tensors.trees import Place, tree_of
from . import layout
from .forms import ATOM, Helpers, Names, Text, check_text, constant, identifier, spelled
from .program import Op, cotangents
from .recording import Recording, record
from .signature import Signature, literal
from .tracing import Drawn

# An operand longer than this gets a line and a name of its own.
_LONGEST = 44
# What is shorter than this on paper is written out again in comments, where nobody gave it a name.
_SHORT = 9
# The habits of the field.
_HABITS = {
    **dict.fromkeys(["tanh", "sigmoid", "relu", "softplus", "elu", "sin", "cos", "maximum"], "a"),
    "softmax": "p",
    "log_softmax": "log_p",
}


def to_numpy(f: Callable[..., Any], *example_args: Any, argnums: Argnums = 0) -> str:
    """The source of a module with one function, of f's name and arguments: f's value and gradient, in NumPy alone.

    It returns what `value_and_grad(f, argnums)` returns, at any numbers of the examples' shapes; every result is an
    array of its own. Defaults of f stay defaults. For Python floats alone it is plain Python and `math`, which raises
    where IEEE arithmetic says inf or nan (1/0, log 0); as soon as an array is among them it needs nothing but NumPy.

    >>> import numpy as np
    >>> print(to_numpy(lambda x: (x**2).sum(), np.array([1.0, 2.0])), end="")
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def f(x):
        \"\"\"Return L and its gradient with respect to x.\"\"\"
        # forward
        L = np.sum(x**2)
    <BLANKLINE>
        # backward
        dL_dx = 2 * x  # ∂L/∂x = 2 · x
    <BLANKLINE>
        return L, dL_dx
    """
    signature, both = Signature(f, len(example_args)), value_and_grad(f, argnums)
    try:
        recording = record(both, example_args, signature.defaults, naming=True)
    except FrozenNumberError:
        if not signature.defaults:
            raise
        recording = record(both, example_args, {}, naming=True)  # f needs a default itself: it is checked instead
    _refuse_changes(f, recording)
    return Readable(recording, f, signature, gradient=True, wrt=_towards(argnums, recording)).text()


def _refuse_changes(f: Callable[..., Any], recording: Recording) -> None:
    """Raise if f changes tensors outside of itself, which a text with results alone would not do."""
    outside = recording.trace.outside
    if outside.writes:
        which = ", ".join(map(describe, outside.moved)) or "an optimiser, or gradients"
        raise FrozenNumberError(
            f"{name_of(f)} changes what is outside of it ({which}), which a program that is written out does not; "
            "for a model call eval() before, and take the optimiser's step outside"
        )


def _towards(argnums: Argnums, recording: Recording) -> list[int]:
    """The places, among the leaves of the arguments, that the gradients are towards: one for each."""
    args, _ = tree_of(recording.arguments.rebuild)
    numbers = [argnums] if isinstance(argnums, (int, np.integer)) else argnums
    return [position for i in numbers for position, _, _ in layout.places(args[i])]


class Readable:
    """One recording on its way to being a text."""

    def __init__(
        self,
        recording: Recording,
        f: Callable[..., Any],
        signature: Signature,
        *,
        gradient: bool,
        wrt: Sequence[int] = (),
        space: dict[str, Any] | None = None,
    ) -> None:
        """gradient: whether f's results are a value and its gradients; wrt: the leaves these are towards.

        space: where the text will run, if it is to be run here; then tensors and arrays that f closes over are not
        written out.
        """
        self.recording, self.gradient, self.space = recording, gradient, space
        self.signature = signature
        self.program, self.trace = recording.program, recording.trace
        self.function = _function_name(name_of(f))
        self.parameters = [_parameter(name) for name in signature.names]
        every = [self.function, *self.parameters, *(_parameter(p.name) for p in signature.parts)]
        self.names = Names(every)
        everything = [*self.program.inputs, *self.program.tensors, *self.program.ops, *filter(None, self.program.out)]
        self.arrays = space is not None or any(op.dtype is not None for op in everything)
        self.helpers = Helpers(every, plain=space is not None or not self.arrays, traced=space is not None)
        self.lines: list[str] = []
        self.named: dict[Op, None] = {}
        self.reserved: dict[Op, str] = {}
        self.broadcast: set[Op] = set()  # cotangents of what an operation repeated
        self.text_of: dict[Op, Text] = {}
        self.paper_of: dict[Op, Any] = {}
        self.root = self.program.out[0] if gradient else None
        inputs = dict(zip(recording.arguments.traced, self.program.inputs, strict=True))
        self.derived_by = [inputs[place] for place in wrt]
        self._name_forward()
        self.cotangents = self._cotangents()

    # ── names ──

    def _name_forward(self) -> None:
        """What the user calls the operations: by `.name`, or by the local variables of their functions."""
        for node, name in self.trace.names.items():
            op = self.program.of.get(node)
            if op is not None and op.kind != "const" and op.name is None:
                op.name = name
        for node, op in self.program.of.items():
            if node.name and op.kind == "op":
                op.name = node.name

    def _cotangents(self) -> dict[Op, Op]:
        """For each operation that is ∂L/∂ of another, that other."""
        of = self.program.of
        forward = {of[parent] for parent in self.trace.contributions if parent in of}
        found: dict[Op, Op] = {}
        for parent, total in cotangents(self.trace, of).items():
            contributions = self.trace.contributions[parent]
            op, target = of.get(total), of.get(parent)
            if op is None or target is None or op.kind != "op" or op in forward:
                continue
            if any(_repeats(node, parent) for node, _ in contributions):
                self.broadcast.add(op)
            known = found.get(op)
            if known is None or (known.name is None and target.name is not None):
                found[op] = target
        for op, target in zip(self.program.out[1:], self.derived_by, strict=False):
            if op is None or op.kind != "op" or op in forward or found.get(op, target) is not target:
                continue
            for inner in [each for each, of_it in found.items() if of_it is target and each is not op]:
                del found[inner]  # a number that stands for the equal entries of the gradient
            found[op] = target
        return found

    # ── the text ──

    def text(self) -> str:
        """The whole module."""
        self._unpack()
        self._choose_lines()
        self._reserve()
        side = ""
        for op in self.program.ops:
            now = self._side(op)
            before = len(self.lines)
            self._emit(op)
            self._check(op)
            if now != side and len(self.lines) > before:
                self.lines[before:before] = ([""] if side else []) + [f"    # {now}"]
                side = now
        body = [*self.lines, *([""] if self.lines and self.lines[-1] else []), *self._returned()]
        header = layout.call_lines(f"def {self.function}(", self._head(), "):")
        doc = [f'    """{self._doc()}"""']
        function = "\n".join([*header, *doc, *body])
        whole = "\n\n\n".join(part for part in (str(self.helpers), function) if part)
        imports = [line for line, used in (("import math", "math."), ("import numpy as np", "np.")) if used in whole]
        return "".join(f"{line}\n\n" for line in imports) + ("\n" if imports else "") + whole + "\n"

    def _check(self, op: Op) -> None:
        """The lines that ask whether the numbers of `op` may be computed with."""
        for check, params in self.program.checks.get(op, ()):
            self.lines.append(f"    {check_text(check, self._operand(op), params, self.helpers)}")

    def _head(self) -> list[str]:
        """What stands between the parentheses: f's own arguments, or those that the text is to be called with."""
        if self.gradient:
            return self.signature.head(_parameter)
        _, kwargs = tree_of(self.recording.arguments.rebuild)
        return [*self.parameters, *map(_parameter, kwargs)]

    def _doc(self) -> str:
        if self.root is None:
            return f"What {self.function} returns."
        # what stands in a container and is not used has no variable of its own
        called = [self.text_of.get(op) or identifier(op.name or op.held.name) for op in self.derived_by]
        wrt = ", ".join(dict.fromkeys(called))
        gradients = "gradients" if len(self.derived_by) > 1 else "gradient"
        return f"Return {self.text_of.get(self.root, 'the value')} and its {gradients} with respect to {wrt}."

    def _side(self, op: Op) -> str:
        if self.root is None:
            return ""
        return "forward" if op.age <= self.root.age else "backward"

    def _unpack(self) -> None:
        """Names for the arguments and tensors, and the checks of them; what stands in containers is taken out."""
        args, kwargs = tree_of(self.recording.arguments.rebuild)
        if self.gradient:
            self._unpack_defaults(kwargs)
        by_name = {_parameter(name): part for name, part in kwargs.items()}
        for name, part in [*zip(self.parameters, args, strict=False), *by_name.items()]:
            self._unpack_argument(name, part)
        for op in self.program.tensors:
            fresh = self.names.fresh(identifier(op.name or "w"))
            if self.space is not None:
                self.parameters.append(fresh)
            elif isinstance(op.held, Drawn):
                raise FrozenNumberError(
                    f"{op.held.whose} draws anew at every call, which a program that is written out cannot: call "
                    "eval() on the model before, or run it by jit"
                )
            else:
                self.lines += layout.assignment(fresh, constant(op.held._data, op.name or "a tensor"), "", "    ")
            self._is_called(op, fresh)
        for op in [*self.program.inputs, *self.program.tensors]:
            self._check(op)
        if self.lines:
            self.lines.append("")

    def _unpack_defaults(self, given: Iterable[str]) -> None:
        """The defaults that the program was recorded with, but for the arguments `given`; and the names of `*rest`."""
        for name, default in self.signature.defaults.items():
            if name not in given:
                self._holds_for(_parameter(name), default)
        if self.signature.rest is not None and self.signature.rest[1]:
            rest, inside = self.signature.rest
            listed = ", ".join(map(_parameter, inside))
            self.lines.append(f"    {listed if len(inside) > 1 else f'({listed},)'} = {_parameter(rest)}")

    def _unpack_argument(self, name: str, part: Any) -> None:
        """The argument `name`, whose places among the leaves stand in the skeleton `part`."""
        arguments = self.recording.arguments
        ops = dict(zip(arguments.traced, self.program.inputs, strict=True))
        for position, path, key in layout.places(part, name):
            op = ops.get(position)
            if op is None:
                self._holds_for(path, arguments.leaves[position])
            elif isinstance(part, Place):
                self._is_called(op, name)
            elif op.uses or op in self.program.out:
                fresh = self.names.fresh(identifier(op.name or (key if isinstance(key, str) else f"{name}_{key}")))
                self.lines.append(f"    {fresh} = {path}")
                self._is_called(op, fresh)

    def _holds_for(self, name: str, value: Any) -> None:
        """A check of an argument that the program was recorded for."""
        if isinstance(value, (int, float, str, bool, type(None), tuple, list, dict)):
            shown = literal(value)
            test = f"{name} is not {shown}" if value is None or isinstance(value, bool) else f"{name} != {shown}"
            message = layout.quoted(f"written out for {name} = {value}")
            self.lines += [f"    if {test}:", f"        raise ValueError({message})"]

    def _is_called(self, op: Op, name: str) -> None:
        op.name = name
        self.text_of[op] = Text(name)
        self.paper_of[op] = Written(name, shape=op.shape)

    def _choose_lines(self) -> None:
        """Which operations get a line: those with a name, those read twice, results, and what a derivative is of."""
        self.lined = {op for op in self.program.out if op is not None}
        for op in self.program.ops:
            target = self.cotangents.get(op)
            if op.name or op.uses > 1 or (op.rule is not None and op.rule.counts):
                self.lined.add(op)
            if target is not None and (target.name or target.kind == "input"):
                self.lined.add(op)
            if target is not None and op.uses > 1 and target.kind == "op":
                self.lined.add(target)

    def _reserve(self) -> None:
        """The user's own names are given before any other."""
        for op in self.program.ops:
            if op.name:
                self.reserved[op] = self.names.fresh(identifier(op.name))

    def _emit(self, op: Op) -> None:
        """The operation as a line, or as a text inside a later one."""
        inlined = [a for a in op.args if a.kind == "op" and a in self.text_of and a not in self.named]
        text = self._spelled(op)
        name = f"{self._wanted_name(op)}_10"  # a number may follow
        while inlined and len(f"    {name} = {text}") > layout.WIDTH:
            longest = max(inlined, key=lambda a: len(self.text_of[a]))
            inlined.remove(longest)
            self._line(longest)
            text = self._spelled(op)
        self.text_of[op] = text
        self.paper_of[op] = written_rule(op.rule, [self._paper(a) for a in op.args], op.params)  # type: ignore[arg-type]
        if op in self.lined or len(text) > _LONGEST:
            self._line(op)

    def _spelled(self, op: Op) -> Text:
        if _is_repeated(op):
            model = self._of_shape(op)
            if model is not None and not op.args[0].shape:
                return Text(f"np.full_like({model}, {self._operand(op.args[0])})")
        params = op.params
        if "shape" in params and op.rule is not None and (_is_repeated(op) or op.rule.indexed):
            model = self._of_shape(op, any_dtype=True)
            if model is not None:
                op.params = {**params, "shape": Text(f"{model}.shape")}
        text = spelled(
            op, [self._index_of_rows(op, i, a) or self._operand(a) for i, a in enumerate(op.args)], self.helpers
        )
        op.params = params
        return text

    def _index_of_rows(self, op: Op, position: int, a: Op) -> Text | None:
        """The numbers 0, 1, … of all rows, in a key: as many as there are rows, not as there were."""
        if op.rule is None or op.rule.indexed != "result" or a.kind != "const" or a.dtype != np.dtype(int):
            return None
        axis, model = position - 1, self._of_shape(op, any_dtype=True)
        n = op.shape[axis]
        if model is None or a.shape.count(1) != len(a.shape) - 1 or not np.array_equal(a.held.ravel(), np.arange(n)):
            return None
        shape = tuple(-1 if m != 1 else 1 for m in a.shape)
        return Text(f"np.arange(len({model})){'' if len(shape) == 1 else f'.reshape{shape}'}") if axis == 0 else None

    def _of_shape(self, op: Op, *, any_dtype: bool = False) -> Text | None:
        """A variable of the shape and dtype of `op`; none for a single number, as Python's have no shape."""
        for a in [] if op.shape == () else [*self.program.inputs, *self.named]:
            if a.shape == op.shape and (any_dtype or a.dtype == op.dtype) and a in self.text_of:
                return self.text_of[a]
        return None

    def _operand(self, a: Op) -> Text:
        if a.kind == "const" and a.shape and self.space is not None:
            if a not in self.text_of:
                self.text_of[a] = Text(self.names.fresh("constant"))
                self.space[self.text_of[a]] = a.held
            return self.text_of[a]
        if a.kind == "const" and a.shape and a.uses > 1:
            if a not in self.text_of:
                name = self.names.fresh("i" if a.dtype.kind in "iu" else "c")
                self.lines += layout.assignment(name, constant(a.held), "", "    ")
                self.text_of[a] = Text(name)
            return self.text_of[a]
        if a.kind == "const":
            text = constant(a.held)
            return text if self.arrays else Text(text.replace("np.", "math."), text.strength)  # inf and nan
        return self.text_of[a]

    def _paper(self, a: Op) -> Any:
        if a.kind == "const":
            return written(a.held) if a.shape else a.held
        return self.paper_of[a]

    def _wanted_name(self, op: Op) -> str:
        """What an operation is called: the user's name, ∂L/∂ of something, or the habit of the field."""
        target = self.cotangents.get(op)
        if op in self.reserved:
            return self.reserved[op]
        if target is not None and target.name:
            return f"dL_d{self._called(target)}"
        if op is self.root:
            return "L"
        rule = op.rule
        assert rule is not None
        if rule.counts:
            return "N"
        if rule.name in _HABITS:
            return _HABITS[rule.name] + self._layer(op.args)
        products = [op, *op.args] if rule.signs == (1, 1) else [op]
        for product in products:
            if product.rule is not None and product.rule.contracts and product.rule.arity == 2:
                return f"z{self._layer(product.args[1:])}"
        return "t"

    def _called(self, op: Op) -> str:
        """What an operation that has a name is called in the text."""
        return self.text_of.get(op) or identifier(op.name)

    def _layer(self, operands: Sequence[Op]) -> str:
        """The number that the first operand's name ends with: the pre-activation made of W_1 is z_1."""
        for a in operands:
            found = re.fullmatch(r"[A-Za-z]+(_?\d+)", self.text_of.get(a, ""))
            if found:
                return found[1]
        return ""

    def _line(self, op: Op) -> None:
        """Give `op` a name and a line."""
        text, paper = self.text_of[op], self.paper_of[op]
        wanted = self._wanted_name(op)
        name = self.reserved.get(op) or self.names.fresh(wanted)
        target = self.cotangents.get(op)
        comment = ""
        if target is not None and target.name:
            symbol = f"∂L/∂{self._called(target)}"
            comment = f"{symbol} = {paper}{self._reason(op, target)}"
            self.paper_of[op] = Written(symbol, shape=op.shape)
        else:
            if self._side(op) == "backward":
                telling = not isinstance(paper, bool) and any(letter.isalpha() for letter in str(paper))
                comment = str(paper) if telling else ""
            if op.name or len(str(paper)) > _SHORT or not wanted.startswith("t"):
                self.paper_of[op] = Written(name, shape=op.shape)
            # else the comments go on with what it is: 1 − y says more than t
        comment = "" if comment == name else comment
        self.lines += layout.assignment(name, text, comment, "    ")
        op.name = op.name or name
        self.text_of[op] = Text(name)
        self.named[op] = None

    def _reason(self, op: Op, target: Op) -> str:
        """Why a gradient is summed: along these axes its operand was repeated."""
        inner = op
        while inner.rule is not None and inner.rule.moves == "in order":
            inner = inner.args[0]
        if op not in self.broadcast or target.kind == "op":
            return ""
        if inner.rule is None or inner.rule.folds is not np.add or inner.rule.averages:
            return ""
        axis = inner.params["axis"]
        axes = f"axis {axis[0]}" if len(axis) == 1 else f"axes {', '.join(map(str, axis))}"
        return f", summed over {axes}, along which {self._called(target)} was broadcast"

    def _returned(self) -> list[str]:
        rebuild = self.trace.rebuild
        skeleton = tree_of(rebuild)
        given: set[Op] = set()
        # towards a bare number the gradient is one, too (JAX has none)
        bare = [False, *(a.dtype is None for a in self.derived_by)] if self.gradient and self.space is None else []

        def leaf(i: int) -> str:
            op = self.program.out[i]
            if op is None:
                return layout.key_text(self.trace.out[i])
            text, memory = self._operand(op), _memory(op)
            if i < len(bare) and bare[i] and op.dtype is not None:
                return f"float({text})"
            others = memory in given or (memory.kind != "op" and memory in self.text_of)
            others = others or (_is_repeated(memory) and memory.args[0].shape != ())  # a view, of no full array
            given.add(memory)
            # a result is the caller's own: no argument, no part of one, nothing returned twice (JAX writes into none)
            array = op.shape or (
                memory.kind == "input" and isinstance(memory.held._data, np.ndarray)
            )  # also of no axes
            return f"{text.within(ATOM)}.copy()" if others and array and self.space is None else str(text)

        texts = [leaf(i) for i in range(len(self.program.out))]
        if type(skeleton) is tuple and len(skeleton) > 1:
            line = f"    return {', '.join(layout.skeleton_text(part, texts.__getitem__) for part in skeleton)}"
            if len(line) <= layout.WIDTH:
                return [line]
        *lines, last = layout.skeleton_lines(skeleton, texts.__getitem__, "    ", "return ")
        return [*lines, last.removesuffix(",")]


def _is_repeated(op: Op) -> bool:
    """Whether an operation only repeats its operand's entries."""
    return op.rule is not None and op.rule.moves == "repeated"


def _repeats(node: Node, parent: Node) -> bool:
    """Whether an elementwise operation repeated `parent` to the shape of its result."""
    assert node.rule is not None
    repeated: bool = np.shape(node._data) != np.shape(parent._data)
    return repeated and node.rule.kind.name == "elementwise"


def _memory(op: Op) -> Op:
    """The operation in whose memory a result stands: what it is a view of, or itself."""
    while op.view and not _is_repeated(op):
        op = op.args[0]
    return op


def name_of(f: Any) -> str:
    """What f is called; a lambda f."""
    name = getattr(f, "__name__", "") or type(f).__name__
    return "f" if name == "<lambda>" else name


def _function_name(name: str) -> str:
    """f's own name, as an identifier that means nothing else."""
    safe = identifier(name, "f")
    return name if name == f"_{safe}" else safe


def _parameter(name: str) -> str:
    return f"{name}_" if name in ("np", "math") else name
