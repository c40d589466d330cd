"""The program of a gradient: written out for people (`to_numpy`), and run (`jit`).

A function is recorded on nodes that refuse to be read (`tracing`), what was recorded becomes a short list of
operations (`program`), and that list is printed twice: the way a careful person would write it (`readable`), and with
buffers that are used again (`machine`). How each row of the table is spelled in NumPy stands in `forms`.
"""

from .compiled import Jitted, jit
from .readable import to_numpy

__all__ = ["Jitted", "jit", "to_numpy"]
