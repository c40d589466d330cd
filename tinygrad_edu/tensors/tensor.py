"""Value and Tensor: what people hold in their hands. Operators, methods, and NumPy's protocols."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Iterator
from opcode import opmap
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..engine import changes, constants, graph, landing, rules
from ..engine.backward import sweep
from ..engine.fast_passes import backward_floats
from ..engine.graph import Node, describe, fill_leaf, leaf, plain
from ..engine.recorders import comparison, recorder
from . import copying, functions, hints, protocols
from .advice import warn
from .in_place import in_place, setting

STORE_SUBSCR, BINARY_OP = opmap["STORE_SUBSCR"], opmap["BINARY_OP"]


class _Operators(Node):
    """What Value and Tensor share."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __init__(self, data: Any, name: str | None = None, requires_grad: bool = True) -> None:
        if isinstance(requires_grad, (str, bytes)):
            raise TypeError(f"{type(self).__name__}: requires_grad is True or False, not {requires_grad!r}")
        fill_leaf(self, data, bool(requires_grad), name)

    def __dir__(self) -> list[str]:
        hidden = {
            name for cls in type(self).__mro__ for name, held in vars(cls).items() if isinstance(held, hints.Hint)
        }
        return [name for name in super().__dir__() if name not in hidden or hasattr(self, name)]

    # ── what it holds ──

    @property
    def data(self) -> Any:
        """The number or array itself, outside the graph."""
        if graph.switches:
            graph.leaving(self, ".data")
        if self._data.__class__ is np.ndarray:
            changes.hand_out(self)
        return self._data

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes; () for a single number."""
        return getattr(self._data, "shape", ())

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return getattr(self._data, "ndim", 0)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return getattr(self._data, "size", 1)

    @property
    def dtype(self) -> Any:
        """The dtype of the entries; a Value's is float64."""
        return np.asarray(self._data).dtype

    @property
    def T(self) -> Any:
        """The axes backwards."""
        return functions.transpose(self)

    def item(self) -> Any:
        """The one number this node holds, as Python's."""
        if graph.switches:
            graph.leaving(self, ".item(), float() or int()")
        if isinstance(self._data, (float, int)):  # a NumPy scalar of float64 is a float, too
            return float(self._data) if isinstance(self._data, float) else self._data
        if np.size(self._data) != 1:
            raise ValueError(f"item: {describe(self)} holds {np.size(self._data)} numbers, not one")
        return np.asarray(self._data).item()

    def numpy(self) -> Any:
        """The number or array itself, outside the graph: the same as `.data`, as an array."""
        if graph.switches:
            graph.leaving(self, ".numpy()")
        changes.hand_out(self)
        return np.asarray(self._data)

    def _reading_grad(self) -> None:
        """A gradient from before a recording is a number that its program must not hold."""
        if not (self._grad is None or isinstance(self._grad, Node)):
            graph.leaving(self, ".grad, a number from before,")

    def detach(self) -> Any:
        """The same numbers as a leaf that requires no gradient."""
        if graph.mode.tracing is not None:  # a program is to follow what it does not derive
            node = rules.identity(self)
            node.requires_grad = False
            return node
        return leaf(type(self), self._data, False, self.name)

    def __float__(self) -> float:
        frame = sys._getframe(1)  # NumPy asks for a float, too, when somebody writes array[i] = node
        operation = frame.f_code.co_code[frame.f_lasti] if self.requires_grad else None
        if operation == STORE_SUBSCR:
            raise TypeError(f"array[…] = {describe(self)} would lose its gradient: use np.where or np.stack, "
                            "or .data for the plain number")  # fmt: skip
        number = float(self.item())
        self._warn_of_leaving(operation)
        return number

    def _warn_of_leaving(self, operation: int | None) -> None:
        """Warn where float() is asked of what no backward pass has gone through: it may go on in a formula.

        operation: what the caller's line is doing, as an opcode; "%.3f" % loss prints.
        """
        untouched = self.requires_grad and self._grad is None
        if untouched and graph.mode.recording and operation != BINARY_OP:
            warn(
                f"float() of {describe(self)} leaves the graph: what is computed from it (by math.exp, math.log, …) "
                "has no gradient. In a formula use NumPy's functions, which take nodes (np.exp); for the plain number "
                "say .item()"
            )

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __copy__(self) -> Any:
        return copying.shallow(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return copying.deep(self, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return copying.reduced(self)

    def __int__(self) -> int:
        return int(self.item())  # a step of a staircase is flat: there is no gradient to lose

    def __round__(self, decimals: int = 0) -> Any:
        return functions.round(self, decimals)

    def __index__(self) -> int:
        if isinstance(self.item(), int) and not self.requires_grad:
            return int(self.item())
        raise TypeError(f"{describe(self)} is not an integer")

    def __bool__(self) -> bool:
        if graph.switches:
            graph.leaving(self, "bool()")
        if np.size(self._data) != 1:
            raise ValueError(
                f"{describe(self)} holds {np.size(self._data)} truth values; ask .data.any() or .data.all()"
            )
        return bool(self._data)

    # ── NumPy's methods, and the field's: the functions of those names ──

    sum, mean, prod, var, std = functions.sum, functions.mean, functions.prod, functions.var, functions.std
    max, min, ptp, cumsum = functions.max, functions.min, functions.ptp, functions.cumsum
    all, any, argmax, argmin = functions.all, functions.any, functions.argmax, functions.argmin
    argsort, argpartition, nonzero = functions.argsort, functions.argpartition, functions.nonzero
    searchsorted, round, clip, copy = functions.searchsorted, functions.round, functions.clip, functions.copy
    reshape, ravel, flatten, squeeze = functions.reshape, functions.ravel, functions.flatten, functions.squeeze
    swapaxes, dot, take, repeat = functions.swapaxes, functions.dot, functions.take, functions.repeat
    diagonal, trace, astype = functions.diagonal, functions.trace, functions.astype
    abs, exp, log, log1p, sqrt, square = rules.absolute, rules.exp, rules.log, rules.log1p, rules.sqrt, rules.square
    sin, cos, tanh, relu, sigmoid = rules.sin, rules.cos, rules.tanh, rules.relu, rules.sigmoid
    softplus, silu, gelu, elu = rules.softplus, functions.silu, functions.gelu, functions.elu
    softmax, log_softmax, logsumexp = functions.softmax, functions.log_softmax, functions.logsumexp

    def tolist(self) -> Any:
        """The numbers themselves in nested lists, outside the graph."""
        if graph.switches:
            graph.leaving(self, ".tolist()")
        return np.asarray(self._data).tolist()

    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
        return functions.matrix_transpose(self)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order; takes a tuple or the axes one by one."""
        return functions.transpose(self, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)

    # ── gradients ──

    def backward(self, grad: Any = None, create_graph: bool = False, **foreign: Any) -> None:
        """Fill `.grad` of every node that this one was made of and that requires a gradient.

        On leaves the gradient is added to what is there, on intermediate nodes it is set. grad: where to start, of
        this node's shape; 1 for a single number. create_graph: the gradients are nodes and can be derived again.
        """
        if foreign:
            hints.refuse_keywords("backward", foreign)
        if not self.requires_grad:
            raise ValueError(f"backward: {describe(self)} depends on nothing that requires a gradient; "
                             "wrap an input in Tensor(...) or Value(...), outside of no_grad")  # fmt: skip
        if create_graph and not graph.mode.recording:
            with graph.switched(recording=True):  # the graph of the gradients is asked for
                return self.backward(grad, create_graph=True)
        if grad is None:
            if self.size != 1:
                raise ValueError(
                    f"backward: {describe(self)} is not a single number; reduce it with .sum() or .mean(), "
                    f"or pass grad= of shape {self.shape}"
                )
            seed: Any = 1.0
        else:
            seed = seed_at(self, grad, "backward: grad")
            seed = grad if isinstance(grad, Node) and create_graph else seed
        if graph.mode.tracing is not None:
            graph.mode.tracing.backward(self, grad)
            return
        if create_graph and not isinstance(seed, Node):
            whole = seed if not self.flags & 1 or np.ndim(seed) else self._data.dtype.type(seed)
            seed = leaf(Node.classes[self.flags & 1], whole, False)
        if not (self.flags or create_graph or graph.switches or Value.subclassed):
            return backward_floats(self, seed)
        found = sweep(self, seed, create_graph=create_graph)
        if create_graph:
            found = {node: g if g is None else landing.spread(g, node) for node, g in found.items()}
        landing.receive(found)

    # ── arithmetic ──

    __iadd__, __isub__ = in_place(rules.add, "+=", 0.0), in_place(rules.subtract, "-=", 0.0)
    __imul__, __itruediv__ = in_place(rules.multiply, "*=", 1.0), in_place(rules.divide, "/=", 1.0)
    __ipow__, __imatmul__ = in_place(rules.power, "**=", None), in_place(rules.matmul, "@=", None)
    __ifloordiv__, __imod__ = in_place(rules.floor_divide, "//=", None), in_place(rules.remainder, "%=", None)

    def __neg__(self) -> Any:
        return rules.negative(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return rules.absolute(self)

    # ── comparison gives nodes of bools; identity decides what a dict takes for the same ──

    __eq__, __ne__ = comparison(rules.equal), comparison(rules.not_equal)
    __lt__, __le__ = comparison(rules.less), comparison(rules.less_equal)
    __gt__, __ge__ = comparison(rules.greater), comparison(rules.greater_equal)
    __floordiv__ = comparison(rules.floor_divide)
    __and__, __or__, __xor__ = functions.bitwise_and, functions.bitwise_or, functions.bitwise_xor
    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__
    __invert__ = functions.invert

    def __rfloordiv__(self, other: Any) -> Any:
        return rules.floor_divide(other, self)

    # ── NumPy's protocols ──

    @property
    def _mask(self) -> Any:
        """What NumPy's masked arrays ask of an operand, before they would compute with its bare numbers."""
        raise TypeError(f"a masked array with {describe(self)}: {constants.STRANGE['mask']}")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if self.requires_grad:
            raise TypeError(f"np.asarray of {describe(self)} would lose its gradient: use .data for the plain numbers, "
                            "or np.stack to put nodes together")  # fmt: skip
        if graph.switches:
            graph.leaving(self, "np.asarray")
        found = np.array(self._data, dtype=dtype, copy=copy if copy else None)
        if np.may_share_memory(found, self._data):
            changes.hand_out(self)
        return found

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return protocols.from_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return protocols.from_function(func, args, kwargs)


def seed_at(node: Node, grad: Any, what: str) -> Any:
    """The numbers from which a pass begins at `node`, given by a user: of its shape and dtype."""
    grad = plain(grad)
    if np.shape(grad) != np.shape(node._data):
        raise ValueError(f"{what} has shape {np.shape(grad)}, it must have that of {describe(node)}")
    grad = constants.real(grad, what)
    if not node.flags & 1:
        return float(grad)
    return np.array(grad, dtype=node._data.dtype)


class Value(_Operators):
    """One number. `Value(3.0, name="x")` is a leaf; what is computed from it remembers how.

    >>> x = Value(3.0, name="x")
    >>> y = x * x + x
    >>> y.backward()
    >>> x.grad
    7.0
    """

    __slots__ = ()
    flags = 0
    subclassed = False  # by a user: `backward_floats` tells nodes from constants by their one class

    def __init_subclass__(cls) -> None:
        Value.subclassed = Value.subclassed or not cls.flags

    __add__, __radd__ = recorder(rules.add, operator.add, float)
    __sub__, __rsub__ = recorder(rules.subtract, operator.sub, float)
    __mul__, __rmul__ = recorder(rules.multiply, operator.mul, float)
    __truediv__, __rtruediv__ = recorder(rules.divide, operator.truediv, float)
    __pow__, __rpow__ = recorder(rules.power, math.pow, float)
    __matmul__, __rmatmul__ = recorder(rules.matmul, rules.matmul.array, float)
    __mod__, __rmod__ = recorder(rules.remainder, operator.mod, float)

    def __init__(self, data: Any, name: str | None = None, requires_grad: bool = True, **foreign: Any) -> None:
        if foreign:
            hints.refuse_keywords("Value", foreign)
        held = _outside(data, "Value")
        if np.ndim(held) != 0:
            raise TypeError(f"a Value holds one number, not an array of shape {np.shape(held)}; use Tensor")
        super().__init__(_number(held), name, requires_grad)

    @_Operators.data.setter  # type: ignore[attr-defined, untyped-decorator]
    def data(self, number: Any) -> None:
        """Put another number in this one's place."""
        if graph.switches:
            graph.leaving(self, ".data = …")
        self._data = _number(number)
        changes.changed([self])

    @property
    def grad(self) -> Any:
        """The gradient of the last `backward`'s root towards this number: a float (a node under create_graph)."""
        if graph.switches:
            self._reading_grad()
        return self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        if graph.mode.tracing is not None:
            graph.mode.tracing.without_gradients([self])
        self._grad = grad if grad is None or isinstance(grad, Node) else seed_at(self, grad, "grad")

    def __repr__(self) -> str:
        label = f", name={self.name!r}" if self.name else ""
        return f"Value({self._data!r}{label}{f', op={self.op!r}' if self.op else ''})"


def _outside(data: Any, what: str) -> Any:
    """What a leaf is made of; a node that requires a gradient would lose it."""
    if isinstance(data, Node) and data.requires_grad:
        raise TypeError(f"{what}({describe(data)}) would lose its gradient: use the node itself, or its .data")
    return plain(constants.unmasked(data, what))


def _number(data: Any) -> float:
    try:
        if not isinstance(data, str | bytes):  # float() would read them
            return float(data)
    except (TypeError, ValueError):
        pass
    raise TypeError(f"a Value holds one real number, not {data!r}")


class Tensor(_Operators):
    """An array. Floating dtypes are kept, integers and bools become float64.

    >>> x = Tensor([1.0, 2.0, 3.0], name="x")
    >>> (x * x).mean().backward()
    >>> x.grad
    array([0.66666667, 1.33333333, 2.        ])
    """

    # `_grad` may be an array that another node's `_grad` is too, or one number that stands for a whole array, until
    # somebody reads it: `_owned` says that this was done, and that the array is this node's alone.
    __slots__ = ("_owned",)
    flags = 1
    _owned: Any
    __add__, __radd__ = recorder(rules.add, operator.add, np.ndarray)
    __sub__, __rsub__ = recorder(rules.subtract, operator.sub, np.ndarray)
    __mul__, __rmul__ = recorder(rules.multiply, operator.mul, np.ndarray)
    __truediv__, __rtruediv__ = recorder(rules.divide, operator.truediv, np.ndarray)
    __pow__, __rpow__ = recorder(rules.power, operator.pow, np.ndarray)
    __matmul__, __rmatmul__ = recorder(rules.matmul, rules.matmul.array, np.ndarray)
    __mod__, __rmod__ = recorder(rules.remainder, rules.remainder.array, np.ndarray)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError(f"len: {describe(self)} has no axis")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError(f"{describe(self)} has no axis to go along")
        return (functions.getitem(self, i) for i in range(self.shape[0]))

    def __contains__(self, item: Any) -> bool:
        return bool(np.isin(plain(item), self._data).any())

    def __getitem__(self, key: Any) -> Any:
        return functions.getitem(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(
            f"{describe(self)}: entries of a node cannot be set, the graph would not know: np.where makes a new node"
            + (f"; to change the leaf itself, write {setting(self, key, value)}" if self.rule is None else "")
        )

    def __init__(
        self, data: Any, name: str | None = None, requires_grad: bool = True, dtype: Any = None, **foreign: Any
    ) -> None:
        if foreign:
            hints.refuse_keywords("Tensor", foreign)
        try:
            held = constants.numbers(_outside(data, "Tensor"))
        except ValueError:
            raise ValueError("a Tensor holds one array, and these rows are not of one length") from None
        if held.dtype.kind not in "fiub":
            raise TypeError(f"a Tensor holds real numbers, not {held.dtype}")
        kind = np.dtype(dtype) if dtype is not None else held.dtype if held.dtype.kind == "f" else np.dtype(float)
        if kind.kind != "f":
            raise TypeError(f"a Tensor that records is of a floating dtype, not {kind}")
        kind = kind if kind.isnative else kind.newbyteorder("=")  # a file's order of bytes would be a dtype of its own
        super().__init__(np.array(held, kind), name, requires_grad)

    @_Operators.data.setter  # type: ignore[attr-defined, untyped-decorator]
    def data(self, array: Any) -> None:
        """Put another array of the same shape in this one's place; it is copied."""
        if graph.switches:
            graph.leaving(self, ".data = …")
        if array is not self._data:  # else `w.data -= …` changed it in place
            array = constants.real(plain(array), "data")
            if array.shape != self.shape:
                raise ValueError(f"data: {describe(self)} cannot be given an array of shape {array.shape}")
            self._data = np.array(array, self._data.dtype)
        changes.changed([self])

    @property
    def grad(self) -> Any:
        """The gradient of the last `backward`'s root towards this array, of its shape (a node under create_graph)."""
        if graph.switches:
            self._reading_grad()
        g = self._grad
        if g is None or getattr(self, "_owned", None) is g or isinstance(g, Node):
            return g
        held = self._data
        if g.__class__ is not np.ndarray or g.shape != held.shape:
            g = self._grad = np.array(np.broadcast_to(g, held.shape), held.dtype)
        elif not (_references(self) == ALONE and g.flags.owndata and g.flags.writeable):
            g = self._grad = g.copy()
        self._owned = g
        return g

    @grad.setter
    def grad(self, grad: Any) -> None:
        if graph.mode.tracing is not None:
            graph.mode.tracing.without_gradients([self])
        if grad is not None:
            size, dtype = np.shape(self._data), self._data.dtype
            if not isinstance(grad, Node):
                grad = np.asarray(constants.real(grad, "grad"), dtype)
            if np.shape(plain(grad)) not in ((), size):
                raise ValueError(f"grad: {describe(self)} cannot have a gradient of shape {np.shape(plain(grad))}")
            if isinstance(grad, Node):
                grad = landing.spread(grad, self)
                grad = grad if grad.dtype == dtype else rules.astype(grad, dtype=dtype)
            elif grad.shape != size:
                grad = np.full(size, grad)
        self._grad = self._owned = grad

    def __repr__(self) -> str:
        label = f", name={self.name!r}" if self.name else ""
        body = np.array2string(np.asarray(self._data), separator=", ", threshold=20, prefix="Tensor(")
        return f"Tensor({body}{label}{f', op={self.op!r}' if self.op else ''})"


Node.classes.update({0: Value, 1: Tensor})
hints.teach(_Operators, "node")
hints.teach_functions(_Operators, functions.__all__, np)


def _references(holder: Any) -> int:
    """How many references there are to what stands in `_grad`; some of them are the interpreter's own."""
    return sys.getrefcount(holder._grad)


# So many there are to an array that a node's `_grad` and one variable hold, and nobody else. It is tried, because
# Python's versions differ in how many they hold themselves.
ALONE = _references(SimpleNamespace(_grad=np.empty(1))) + 1
