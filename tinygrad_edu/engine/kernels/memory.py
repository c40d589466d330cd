"""How the memory of arrays is had, in the whole process: set once, when the kernels are first loaded."""

import ctypes
from contextlib import suppress

# glibc returns large arrays that are freed to the system page by page, and the next training step asks for every page
# again. Told to keep up to 256 MiB, and arrays of up to 32 MiB among them, steps on large arrays run up to twice as
# fast (its parameters of mallopt: −3 is M_MMAP_THRESHOLD, −1 is M_TRIM_THRESHOLD). Other C libraries have no mallopt.
with suppress(AttributeError, OSError, TypeError):
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(-3, 32 * 2**20)
    mallopt(-1, 256 * 2**20)
