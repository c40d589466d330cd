"""The mutants that no test can notice, for `mutants.py`, each with the reason why."""

from __future__ import annotations

from equivalent_mutants_of_claims import EQUIVALENT_OF_CLAIMS
from equivalent_mutants_of_kernels import EQUIVALENT_OF_KERNELS

# (file, the line without its indentation, what became of it): why no test can notice
_WHOLE = (
    "if parent.flags & 1 and (node.rule.reduces or parent._data.shape == np.shape(node._data)):"
    "  # type: ignore[union-attr]"
)
_LAND = "`land` returns the same, after more questions"
_RECORD = "`record` does the same, after more questions"
_PLAIN = "the plain pass gives the same, after more questions"
_FIRST = "index 0 is that of a leaf that `changes.py` makes when it is loaded"
_PLAIN_OPERAND = "if graph.switches or not (kind is float or kind is int or kind is beside):"
_BESIDE = "if a.__class__ is not float and a.__class__ is not int:"
_COMPUTED = "data = rule.array(*values, **params) if flags & 1 else rule.compute(values, params)"
_BIAS = "and c.ndim == 2 == fits.ndim + 1 and c.shape[1] == len(fits) and c.shape == node._data.shape"
_ALIKE = "if not (a.__class__ is b.__class__ is array and a.dtype is b.dtype) and _differ_in_dtype(a, b):"
_OPERANDS = "a, b = plain(node.x) if x is None else x._data, plain(node.y) if y is None else y._data"
_HANDED_ON = "`_hand_on` does the same, slower"
_FITTED = "`_fitted_or_number` returns what fits as it is"
_CHANGES = "more passes look for changes, and find none"
_PAIRS = (
    "slope = sum(where(eye, 0.0, others) * expand_dims(g, axis=(len(kept) + 1,)), axis=(len(kept),), keepdims=False)"
)
_LAST = "an axis behind the last one is put last all the same"
_FROM_VECTOR = "return matmul(y, expand_dims(g, axis=(len(y.shape) - 1,)))[..., 0]"
_TO_MANY = "return g * y if len(x.shape) == 1 else expand_dims(g, axis=(len(x.shape) - 1,)) * y"
_TO_VECTOR = "return expand_dims(g, axis=(len(x.shape) - 1,)) * x  # where it lands, the other axes are summed over"
_ASKED = "an index requires no gradient, so that nobody asks"
_SETTINGS = "if kernel is None or (rule.takes is not None and (params or rule.takes > 1)):"
_SQUARE = "of a square matrix 0 is added, but for rounding"
_MATRICES = "if x.__class__ is np.ndarray is g.__class__ and x.ndim == 2 == g.ndim:"
_TWO_ARRAYS = "if first.__class__ is np.ndarray is args[-1].__class__ and len(args) <= 2:"
_GENERAL = "what follows gives the same, after more questions or more work"
EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("engine/landing.py", "if c.__class__ is float:", "if False:"): _LAND,
    ("engine/landing.py", "if not node.flags & 1:", "if False:"): _LAND,
    ("engine/landing.py", _WHOLE, "if False:"): _LAND,
    ("engine/landing.py", _WHOLE, "node.rule.reduces and parent._data.shape == np.shape(node._data)"): _LAND,
    ("engine/landing.py", _WHOLE, "2"): _LAND,
    ("engine/changes.py", "latest = -1", "1"): "no change has an index that small",
    (
        "engine/changes.py",
        "_LONGEST = 4096  # readings that are remembered of an array that is handed out",
        "4097",
    ): "one reading more is remembered",
    ("engine/changes.py", "latest = -1", "2"): "no change has an index that small",
    ("engine/changes.py", "self.at = -1", "1"): "no operation has an index that small",
    ("engine/changes.py", "self.at = -1", "2"): "no operation has an index that small",
    ("engine/changes.py", "if not _handed and latest < 0:", "latest <= 0"): "no change has an index that small",
    ("engine/changes.py", "if parent not in found:", "if True:"): "a node that was walked already is walked again",
    ("engine/changes.py", "if mark.readings:", "if True:"): "an empty list is replaced by an empty list",
    ("engine/changes.py", "if not _handed:", "if False:"): "nothing is found where no array is handed out",
    ("engine/changes.py", "if not _handed and latest < 0:", "if False:"): "nothing is found where nothing was changed",
    ("engine/changes.py", "if id(held) not in now:", "if True:"): "the checksum is taken again, and is the same",
    ("engine/changes.py", "return False", "return None"): "None is as false",
    ("engine/changes.py", "if len(mark.readings) > 1:", "if True:"): _CHANGES,
    ("engine/changes.py", "if len(mark.readings) > 1:", "len(mark.readings) >= 1"): "more passes look for changes",
    ("engine/changes.py", "if oldest is None or not may_be_newer_than(oldest):", "if False:"): _CHANGES,
    (
        "engine/changes.py",
        "return bool(_handed) or oldest <= latest",
        "oldest < latest",
    ): "an operation with the index of the latest change is the one that found it",
    (
        "engine/changes.py",
        "flat: Any = np.ascontiguousarray(held.T if held.flags.f_contiguous else held)",
        "held.T if True else held",
    ): "the entries are summed in another order, which is the same each time",
    (
        "engine/changes.py",
        "flat: Any = np.ascontiguousarray(held.T if held.flags.f_contiguous else held)",
        "held.T if False else held",
    ): "the entries are summed in another order, which is the same each time",
    (
        "engine/changes.py",
        "held = mark.where() if mark is not None else None",
        "mark.where() if True else None",
    ): "a watch ends within the loop only where memory is collected just then",
    (
        "engine/changes.py",
        "node: Any = leaf(Node, np.zeros(1), False)",
        "True",
    ): "references are counted, not gradients",
    ("engine/changes.py", "node: Any = leaf(Node, np.zeros(1), False)", "2"): "references are counted, not entries",
    (
        "engine/changes.py",
        "args = [leaf(type(a), a._data, True) if isinstance(a, Node) else a for a in node.args]",
        "False",
    ): "parents are remembered of what requires no gradient, too",
    (
        "engine/changes.py",
        "out = leaf(type(node), node._data, True)",
        "False",
    ): "parents are remembered of what requires no gradient, too",
    (
        "engine/changes.py",
        "g = leaf(type(node), node._data, True)",
        "False",
    ): "parents are remembered of what requires no gradient, too",
    (
        "engine/changes.py",
        "looked_for = {out} if read is node else {b for a, b in zip(node.args, args, strict=True) if a is read}",
        "False",
    ): "both are of one length",
    (
        "engine/forking.py",
        'if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork',
        "if True:",
    ): "only Windows has no `register_at_fork`",
    (
        "engine/landing.py",
        "if isinstance(g, float):",
        "if False:",
    ): "`broadcast_to` shows the number as often, without memory of its own",
    (
        "engine/fast_passes.py",
        "table[root] = spread(seed, root) if seed.__class__ is np.ndarray else seed",
        "spread(seed, root) if True else seed",
    ): "a number made whole before it must be is only slower",
    ("engine/backward.py", "if not (create_graph or watch):", "if False:"): _PLAIN,
    (
        "engine/backward.py",
        "def ancestors(roots: Iterable[Node], *, all_nodes: bool = False, since: int = -1) -> list[Node]:",
        "1",
    ): _FIRST,
    (
        "engine/backward.py",
        "def ancestors(roots: Iterable[Node], *, all_nodes: bool = False, since: int = -1) -> list[Node]:",
        "2",
    ): "no node has a negative index",
    ("engine/recorders.py", "if graph.switches:", "if True:"): _RECORD,
    ("engine/recorders.py", "if kind is cls:", "if False:"): _RECORD,
    ("engine/recorders.py", "elif kind is float or kind is int or kind is beside:", "if False:"): _RECORD,
    (
        "engine/recorders.py",
        "elif kind is float or kind is int or kind is beside:",
        "kind is float and kind is int and (kind is beside)",
    ): _RECORD,
    ("engine/recorders.py", _PLAIN_OPERAND, "if True:"): _RECORD,
    ("engine/recorders.py", _PLAIN_OPERAND, "kind is float and kind is int and (kind is beside)"): _RECORD,
    ("engine/fast_passes.py", "if stages and changes.may_be_newer_than(stages[-1][0]):", "if True:"): _CHANGES,
    ("engine/fast_passes.py", "if c.__class__ is not np.ndarray:", "if True:"): "`fitted` lands arrays as well, slower",
    (
        "engine/fast_passes.py",
        'return dtype is not None and getattr(b, "dtype", dtype) != dtype  # what was unpickled has a dtype of its own',
        "dtype is not None or getattr(b, 'dtype', dtype) != dtype",
    ): _HANDED_ON,
    ("engine/fast_passes.py", "elif (", "if False:"): "`land` sums over the rows as well, slower",
    ("engine/fast_passes.py", _BIAS, "fits.ndim - 1"): "`land` sums over the rows as well, slower",
    ("engine/fast_passes.py", "@lru_cache(maxsize=8)", "9"): "how many arrays of ones are kept changes no number",
    ("engine/fast_passes.py", _ALIKE, "if True:"): _HANDED_ON,
    (
        "engine/fast_passes.py",
        _ALIKE,
        "not (a.__class__ is b.__class__ is array and a.dtype is b.dtype) or _differ_in_dtype(a, b)",
    ): _HANDED_ON,
    ("engine/fast_passes.py", "elif x is not None:", "if False:"): _HANDED_ON,
    ("engine/fast_passes.py", "g, whole = spread(g, node), True", "False"): _FITTED,
    (
        "engine/fast_passes.py",
        _OPERANDS,
        "plain(node.x) if True else x._data",
    ): "it is `node.x` that takes part",
    (
        "engine/fast_passes.py",
        _OPERANDS,
        "plain(node.y) if True else y._data",
    ): "it is `node.y` that takes part",
    (
        "engine/fast_passes.py",
        "to_x = dx(g, out, a, **params) if params else dx(g, out, a)",
        "dx(g, out, a, **params) if True else dx(g, out, a)",
    ): "no parameters are passed on either way",
    ("engine/fast_passes.py", "or not (whole or out.shape == a.shape)", "whole and out.shape == a.shape"): _FITTED,
    ("engine/fast_passes.py", "or not (whole or out.shape == b.shape)", "whole and out.shape == b.shape"): _FITTED,
    (
        "engine/fast_passes.py",
        "to_x = dx(g, out, a, b) if x.requires_grad else None",
        "dx(g, out, a, b) if True else None",
    ): "what a number without a gradient is given is taken away again",
    (
        "engine/fast_passes.py",
        "to_y = dy(g, out, a, b) if y.requires_grad else None",
        "dy(g, out, a, b) if True else None",
    ): "what a number without a gradient is given is taken away again",
    ("engine/graph.py", _TWO_ARRAYS, "if False:"): _GENERAL,
    ("engine/graph.py", _TWO_ARRAYS, "len(args) < 2"): _GENERAL,
    ("engine/graph.py", _TWO_ARRAYS, "3"): _GENERAL,
    (
        "engine/graph.py",
        "if isinstance(first, Node) and not switches:  # fast paths of `record`",
        "if False:",
    ): _GENERAL,
    (
        "engine/graph.py",
        "if self.pairing is not None and len(args) == 2 and not params and first.flags:",
        "if False:",
    ): _GENERAL,
    (
        "engine/rules.py",
        "return x.size if axis is None and x.__class__ is np.ndarray else count(x, axis=axis)",
        "x.size if False else count(x, axis=axis)",
    ): _GENERAL,
    ("engine/rules.py", _TO_MANY, "len(x.shape) + 1"): _LAST,
    ("engine/rules.py", _FROM_VECTOR, "len(y.shape) + 1"): _LAST,
    ("engine/rules.py", "return expand_dims(x, axis=(1,)) * expand_dims(g, axis=(len(y.shape) - 2,))", "2"): _LAST,
    ("engine/rules.py", _TO_VECTOR, "len(x.shape) + 1"): _LAST,
    ("engine/rules.py", "if not isinstance(y, Node):", "if False:"): "for numbers `pinned` is `where`",
    (
        "engine/rules.py",
        "if g.__class__ is np.ndarray is y.__class__ and g.ndim == 2 == y.ndim:",
        "if False:",
    ): _GENERAL,
    (
        "engine/rules.py",
        "if x.__class__ is np.ndarray is g.__class__ and x.ndim == 2 == g.ndim:",
        "if False:",
    ): _GENERAL,
    (
        "engine/rules.py",
        "if x.__class__ is np.ndarray is g.__class__ and x.ndim == 2 == g.ndim:",
        "x.__class__ is not np.ndarray is g.__class__",
    ): _GENERAL,
    ("engine/fast_passes.py", "if rule.arity == 2:", "if False:"): "what is done in general is the same, and slower",
    ("engine/fast_passes.py", "if (", "if True:"): "`fitted` returns what fits as it is, after more questions",
    (
        "engine/fast_passes.py",
        "return spread(c, parent) if c.ndim else c[()]",
        "spread(c, parent) if True else c[()]",
    ): "a number made whole before it must be is only slower",
    ("engine/fast_passes.py", "elif rule.arity == 1:", "if False:"): "what is done in general is the same, and slower",
    ("engine/fast_passes.py", "if rule.arity == 2:", "3"): "what is done in general is the same, and slower",
    ("engine/graph.py", "if len(args) == 1:", "if False:"): _RECORD,
    ("engine/table.py", "if rule.arity == 2:", "if False:"): _RECORD,
    ("engine/table.py", "if rule.arity == 2:", "3"): _RECORD,
    (
        "engine/graph.py",
        "if kernel is None or kernel is self.scalar:",
        "if True:",
    ): "the kernel is asked twice",
    ("engine/graph.py", _BESIDE, "if True:"): _RECORD,
    ("engine/graph.py", _BESIDE, "a.__class__ is not float or a.__class__ is not int"): _RECORD,
    (
        "engine/graph.py",
        _COMPUTED,
        "rule.array(*values, **params) if False else rule.compute(values, params)",
    ): "`compute` does the same, after more questions",
    ("engine/graph.py", _COMPUTED, "2"): "`compute` does the same, after more questions",
    (
        "engine/graph.py",
        "data = kernel(x._data, **params) if params else kernel(x._data)",
        "kernel(x._data, **params) if True else kernel(x._data)",
    ): "no parameters are handed on as none",
    ("engine/graph.py", "if odd:", "if True:"): "`constant` returns what is uniform as it is",
    ("engine/graph.py", "if switches:", "if True:"): "where no switch is set, nothing is done about a fresh node",
    ("engine/graph.py", _SETTINGS, "if True:"): _RECORD,
    ("engine/graph.py", _SETTINGS, "kernel is not None"): _RECORD,
    ("engine/graph.py", _SETTINGS, "rule.takes >= 1"): _RECORD,
    ("engine/facts.py", "precedence: float = 9", "10"): "`row` always says the precedence",
    ("engine/graph.py", "if kind is np.ndarray:", "if False:"): "an array has no `__kernel__`, and its kernel is taken",
    ("engine/graph.py", "if noticing is not None:", "if True:"): "`changes.py` sets it when it is loaded",
    ("engine/graph.py", "elif data.__class__ is not float:", "if True:"): "`scalar_or_array` returns a float as it is",
    (
        "engine/graph.py",
        "if kernel is None or kernel is self.scalar:",
        "kernel is not None",
    ): "the kernel is asked twice",
    ("engine/fast_passes.py", "elif rule.arity == 1:", "2"): "what is done in general is the same, and slower",
    (
        "engine/fast_passes.py",
        "x._grad += dx(g, out, x._data, **params) if params else dx(g, out, x._data)",
        "dx(g, out, x._data, **params) if True else dx(g, out, x._data)",
    ): "no parameters are handed on as none",
    (
        "engine/rules_shapes.py",
        "(lambda g, out, x, *indices, key: scatter(g, *indices, key=key, shape=shape(x))) if position == 0 else None",
        "(lambda g, out, x, *indices, key: scatter(g, *indices, key=key, shape=shape(x))) if True else None",
    ): _ASKED,
    (
        "engine/rules_shapes.py",
        "(lambda g, out, x, *indices, key, shape: getitem(g, *indices, key=key)) if position == 0 else None",
        "(lambda g, out, x, *indices, key, shape: getitem(g, *indices, key=key)) if True else None",
    ): _ASKED,
    ("engine/rules_linalg.py", "if m > shape(s)[-1]:", "if True:"): _SQUARE,
    ("engine/rules_linalg.py", "if m > shape(s)[-1]:", "m >= shape(s)[-1]"): _SQUARE,
    ("engine/rules_linalg.py", "if shape(v)[-2] > shape(s)[-1]:", "if True:"): _SQUARE,
    ("engine/rules_linalg.py", "if shape(v)[-2] > shape(s)[-1]:", "shape(v)[-2] >= shape(s)[-1]"): _SQUARE,
    ("engine/rules_linalg.py", "n = shape(lower)[-1]", "2"): "the matrices are square",
    ("engine/rules_linalg.py", "return np.eye(shape(x)[-1], dtype=bool)", "2"): "the matrices are square",
    (
        "engine/rules_linalg.py",
        "sums = where(_unit(distances), 1.0, _as_row(s) + T(_as_row(s)))",
        "2.0",
    ): "the diagonal is replaced",
    (
        "engine/rules_linalg.py",
        "distances = where(_unit(distances), 1.0, distances)",
        "2.0",
    ): "the diagonal is replaced",
    (
        "engine/rules_linalg.py",
        "return pinned(special, where(unused, 0.0, np.nan), x / where(special, 1.0, distance))",
        "2.0",
    ): "what is computed there is not taken",
    (
        "engine/rules_linalg.py",
        "near = less(absolute(distances) - float(4 * limits.eps) * size, float(limits.tiny))",
        "5",
    ): "which values count as equal but for rounding is a matter of judgement",
    ("engine/rules.py", "if isinstance(y, (int, float)):", "if False:"): _GENERAL,
    ("engine/rules.py", "if len(x.shape) == 2:", "if False:"): _GENERAL,
    (
        "engine/rules.py",
        "return g * y if len(x.shape) == 1 else expand_dims(g, axis=(len(x.shape) - 1,)) * y",
        "g * y if False else expand_dims(g, axis=(len(x.shape) - 1,)) * y",
    ): _GENERAL,
    (
        "engine/rules.py",
        _PAIRS,
        "True",
    ): "the axis goes with the next reshape",
    (
        "engine/rules.py",
        "sizes = dict(zip(mine, shape(operands[position]), strict=True))",
        "False",
    ): "both are of one length",
    (
        "engine/rules.py",
        "others = [(term, x) for i, (term, x) in enumerate(zip(terms, operands, strict=True)) if i != position]",
        "False",
    ): "both are of one length",
    (
        "engine/derivatives.py",
        "return [astype(a, dtype=dtype) if narrow else a for a, narrow in zip(operands, narrower, strict=True)]",
        "False",
    ): "both are of one length",
    (
        "engine/derivatives.py",
        "return [astype(a, dtype=dtype) if narrow else a for a, narrow in zip(operands, narrower, strict=True)]",
        "astype(a, dtype=dtype) if True else a",
    ): "what has the dtype already is copied, and a number is as true as a condition",
    (
        "engine/derivatives.py",
        'held = [getattr(a._data if isinstance(a, Node) else a, "dtype", dtype) for a in operands]',
        "a._data if False else a",
    ): "a node says its dtype, too, and takes longer",
    (
        "engine/rules_shapes.py",
        "first = [np.arange(0, n - k + 1, s) for n, k, s in zip(lengths, size, stride, strict=True)]",
        "False",
    ): "all are of one length",
    (
        "engine/rules_shapes.py",
        "rows, columns = (start[:, None] + np.arange(k) for start, k in zip(first, size, strict=True))",
        "False",
    ): "both are of one length",
    (
        "engine/rules_linalg.py",
        'return f"{x[-1]} unknowns, but {y[-2]} right-hand sides" if y[-2] != x[-1] else ""',
        "2",
    ): "the matrices are square",
    ("engine/rules.py", "inner = x[-1], y[-2 if len(y) > 1 else 0]", "2"): "of two axes the first is the last but one",
    ("engine/derivatives.py", "if dtype is None or len(operands) == 1:", "if False:"): _GENERAL,
    (
        "engine/derivatives.py",
        "if dtype is None or len(operands) == 1:",
        "dtype is None and len(operands) == 1",
    ): _GENERAL,
    ("engine/derivatives.py", "if True not in narrower:", "if False:"): _GENERAL,
    ("engine/derivatives.py", "if True not in narrower:", "False"): _GENERAL,
    (
        "engine/derivatives.py",
        'narrower = [each is not dtype and each.kind == "f" == dtype.kind and each < dtype for each in held]',
        "each <= dtype",
    ): "equal dtypes that are two objects are made one",
    ("engine/changes.py", "if not _handed and latest < 0:", "1"): "no change has an index that small",
}
EQUIVALENT |= EQUIVALENT_OF_KERNELS | EQUIVALENT_OF_CLAIMS
