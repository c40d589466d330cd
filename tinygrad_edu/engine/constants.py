"""What stands beside nodes in an operation, and what comes out of one: plain numbers and arrays, made uniform."""

from __future__ import annotations

from typing import Any

import numpy as np

# Arrays whose arithmetic is another than a node's: what they mean would be lost on the way.
STRANGE = {
    "mask": "a masked array does not record, and its mask would be lost: use np.where(m.mask, 0.0, m.data * x), or "
    "m.filled(…), or m.compressed()",
    "matrix": "a np.matrix multiplies in another way than arrays do: use np.asarray(M), and @ for the matrix product",
}


def unmasked(a: Any, what: str) -> Any:
    """`a`, which must hide no entries behind a mask: a node or a loss would take them for numbers."""
    if a.__class__ is not np.ndarray and isinstance(a, np.ndarray) and np.any(getattr(a, "mask", False)):
        raise TypeError(f"{what}: {STRANGE['mask']}")
    return a


def familiar(a: Any, what: str) -> Any:
    """`a`, which must be no array whose arithmetic is another than a node's."""
    if isinstance(a, np.ndarray) and (hasattr(a, "mask") or isinstance(a, np.matrix)):
        raise TypeError(f"{what}: {STRANGE['mask' if hasattr(a, 'mask') else 'matrix']}")
    return a


def numbers(a: Any) -> Any:
    """`a` as an array. Whole numbers become floats where no integer of NumPy's can hold them."""
    held = np.asarray(a)
    whole = held.dtype.hasobject and all(isinstance(each, int) for each in held.flat)
    return held.astype(float) if whole else held


def real(a: Any, what: str) -> Any:
    """`a` as an array, which must hold real numbers and hide none of them behind a mask."""
    held = numbers(unmasked(a, what))
    if held.dtype.kind not in "fiub":
        raise TypeError(f"{what}: a node holds real numbers, not {held.dtype}")
    return held


def constant(operation: str, a: Any, flags: int, anything: bool = False) -> Any:
    """Lists as arrays; among bare numbers NumPy's as Python's, so that a float32 takes no digits from them.

    Raises TypeError of what is no number, unless the operation takes `anything`.
    """
    if isinstance(a, (list, tuple, np.ndarray)):
        try:
            return real(familiar(a, operation), operation)
        except (ValueError, OverflowError) as error:  # of a list that is no array, of a number that is no float
            raise type(error)(f"{operation}: {error}") from None
    if isinstance(a, np.generic):
        real(a, operation)
        return a if flags & 1 else a.item()
    if isinstance(a, (int, float)) or anything or hasattr(a, "__kernel__"):  # symbols bring their own kernels
        return a
    raise TypeError(f"{operation}: {a!r} is no real number")


def scalar_or_array(data: Any, flags: int) -> tuple[Any, int]:
    """What an operation on bare numbers gave: a Python number again, or an array (a stack of Values)."""
    if isinstance(data, (np.ndarray, np.generic)):
        return (data, flags | 1) if data.ndim else (data.item(), flags)
    return data, flags
