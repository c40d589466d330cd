"""The mutants of `engine/kernels/` that no test can notice, for `mutants.py`, each with the reason why."""

from __future__ import annotations

_PAGES = "a test that counts pages notices, in a process of its own that loads the file as it is"
_KEPT = "how much memory is kept changes no number"
_MEAN = (
    'if x.__class__ is np.ndarray and x.dtype.char != "e":  # the same as np.mean, three times faster on small arrays'
)
# (file, the line without its indentation, what became of it): why no test can notice
EQUIVALENT_OF_KERNELS: dict[tuple[str, str, str], str] = {
    (
        "engine/kernels/arrays.py",
        "if x.__class__ is np.ndarray and y.__class__ is np.ndarray and x.ndim == 2 and y.ndim == 2:",
        "if False:",
    ): "np.matmul gives the same, after more questions",
    ("engine/kernels/floats.py", "if x >= 0:", "if True:"): "where e^(−x) overflows, NumPy is asked",
    ("engine/kernels/floats.py", "if x >= 0:", "if False:"): "where e^x overflows, NumPy is asked",
    (
        "engine/kernels/matrices.py",
        "sign = np.linalg.det(u) * np.linalg.det(vh)",
        "np.linalg.det(u) / np.linalg.det(vh)",
    ): "both are 1 or −1",
    ("engine/kernels/matrices.py", "n = max(x.shape[-1], 1)", "2"): (
        "the matrices are square, and more points on the circle give the same"
    ),
    ("engine/kernels/arrays.py", "safe = np.where(vanishing, 1.0, x)", "2.0"): "what is computed there is not taken",
    (
        "engine/kernels/arrays.py",
        "LARGE = 500  # entries from which on an einsum is faster by matrix products, their set-up included",
        "501",
    ): "faster or slower, and the same",
    (
        "engine/kernels/arrays.py",
        "square, sum_of_series = near * near, 1.0",
        "2.0",
    ): "below the last bit",
    ("engine/kernels/arrays.py", "and chosen.size >= _MANY", "chosen.size > _MANY"): "faster or slower, and the same",
    (
        "engine/kernels/floats.py",
        "return 0.0 if x == 0 and y > 0 else math.pow(x, y) * math.log(x) ** n",
        "0.0 if False else math.pow(x, y) * math.log(x) ** n",
    ): "where log x is infinite, NumPy is asked",
    (
        "engine/kernels/floats.py",
        "return 0.0 if x == 0 and y > 0 else math.pow(x, y) * math.log(x) ** n",
        "1",
    ): "where log x is infinite, NumPy is asked",
    (
        "engine/kernels/floats.py",
        "return x if x > 0 or x != x else 0.0  # noqa: PLR0124",
        "x >= 0",
    ): "−0 instead of 0",
    ("engine/kernels/memory.py", "mallopt(-3, 32 * 2**20)", "pass"): _PAGES,
    ("engine/kernels/memory.py", "mallopt(-3, 32 * 2**20)", "4"): _PAGES,
    ("engine/kernels/memory.py", "mallopt(-1, 256 * 2**20)", "pass"): _PAGES,
    ("engine/kernels/memory.py", "mallopt(-1, 256 * 2**20)", "1"): _PAGES,
    ("engine/kernels/memory.py", "mallopt(-3, 32 * 2**20)", "3"): "of −3: " + _PAGES + "; of 2: " + _KEPT,
    ("engine/kernels/memory.py", "mallopt(-3, 32 * 2**20)", "33"): _KEPT,
    ("engine/kernels/memory.py", "mallopt(-3, 32 * 2**20)", "21"): _KEPT,
    ("engine/kernels/memory.py", "mallopt(-1, 256 * 2**20)", "257"): _KEPT,
    ("engine/kernels/memory.py", "mallopt(-1, 256 * 2**20)", "3"): _KEPT,
    ("engine/kernels/memory.py", "mallopt(-1, 256 * 2**20)", "21"): _KEPT,
    ("engine/kernels/memory.py", "mallopt(-1, 256 * 2**20)", "2"): "−2 is M_TOP_PAD, which keeps the memory as well",
    ("engine/kernels/arrays.py", "if not indices:", "if False:"): "a key without holes is put together again",
    (
        "engine/kernels/arrays.py",
        "if all(np.asarray(i).dtype == bool for i in indices):",
        "if False:",
    ): "np.add.at does the same, and is slower",
    (
        "engine/kernels/arrays.py",
        "if x.__class__ is not np.ndarray:",
        "if True:",
    ): "np.expand_dims does the same, after more questions",
    (
        "engine/kernels/arrays.py",
        _MEAN,
        "if False:",
    ): "np.mean gives the same, after more questions",
    (
        "engine/kernels/arrays.py",
        _MEAN,
        "x.__class__ is not np.ndarray",
    ): "np.mean gives the same, after more questions",
    (
        "engine/kernels/arrays.py",
        "return 1 < columns <= 32 and rows >= 64",
        "return None",
    ): "faster or slower, and the same",
    (
        "engine/kernels/arrays.py",
        "return 1 < columns <= 32 and rows >= 64",
        "1 < columns <= 32 or rows >= 64",
    ): "faster or slower, and the same",
    (
        "engine/kernels/arrays.py",
        "chosen = x if x.__class__ is np.ndarray else y",
        "x if True else y",
    ): "np.where does the same, and is slower",
    (
        "engine/kernels/arrays.py",
        "chosen = x if x.__class__ is np.ndarray else y",
        "x if False else y",
    ): "np.where does the same, and is slower",
    (
        "engine/kernels/arrays.py",
        "return x.T if x.ndim == 2 else np.swapaxes(x, -1, -2)",
        "x.T if False else np.swapaxes(x, -1, -2)",
    ): "of a matrix both are the same",
    (
        "engine/kernels/arrays.py",
        "size = np.minimum(np.abs(x).astype(float), 6.0)  # erf(6) is 1 to the last bit",
        "7.0",
    ): "erf(6) is 1 to the last bit, and so is what lies beyond",
    ("engine/kernels/arrays.py", "near = np.minimum(size, 2.0)", "3.0"): "beyond 2 the series is not taken",
    (
        "engine/kernels/arrays.py",
        "for k in range(38, 0, -1):  # erf x = 2x/√π · e^(−x²) Σ (2x²)ⁿ/(1 · 3 ⋯ (2n + 1)): nothing cancels",
        "39",
    ): "one term more is below the last bit",
    (
        "engine/kernels/arrays.py",
        "for k in range(60, 0, -1):  # √π e^(x²) erfc x = 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …))))",
        "61",
    ): "one fraction more is below the last bit",
    (
        "engine/kernels/arrays.py",
        "return 1 < columns <= 32 and rows >= 64",
        "1 <= columns <= 32",
    ): "faster or slower, and the same",
    (
        "engine/kernels/arrays.py",
        "return 1 < columns <= 32 and rows >= 64",
        "rows > 64",
    ): "faster or slower, and the same",
    ("engine/kernels/arrays.py", "return 1 < columns <= 32 and rows >= 64", "2"): "faster or slower, and the same",
    ("engine/kernels/arrays.py", "return 1 < columns <= 32 and rows >= 64", "33"): "faster or slower, and the same",
    ("engine/kernels/arrays.py", "return 1 < columns <= 32 and rows >= 64", "65"): "faster or slower, and the same",
    (
        "engine/kernels/arrays.py",
        "return x.dot(y.T.copy() if copying_pays(*x.shape) else y.T)",
        "y.T.copy() if True else y.T",
    ): "faster or slower, and the same",
    (
        "engine/kernels/arrays.py",
        "return x.dot(y.T.copy() if copying_pays(*x.shape) else y.T)",
        "y.T.copy() if False else y.T",
    ): "faster or slower, and the same",
    (
        "engine/kernels/arrays.py",
        "_MANY = 4000  # entries from which on masking bits is faster than np.where",
        "4001",
    ): "faster or slower, and the same",
    ("engine/kernels/arrays.py", "if (", "if False:"): "np.where does the same, and is slower",
    (
        "engine/kernels/arrays.py",
        "chosen = x if x.__class__ is np.ndarray else y",
        "x.__class__ is not np.ndarray",
    ): "np.where does the same, and is slower",
    (
        "engine/kernels/arrays.py",
        "and (other := y if chosen is x else x).__class__ is float",
        "y if True else x",
    ): "np.where does the same, and is slower",
    (
        "engine/kernels/arrays.py",
        "and (other := y if chosen is x else x).__class__ is float",
        "y if False else x",
    ): "np.where does the same, and is slower",
    (
        "engine/kernels/arrays.py",
        "and (other := y if chosen is x else x).__class__ is float",
        "chosen is not x",
    ): "np.where does the same, and is slower",
    (
        "engine/kernels/arrays.py",
        "return np.einsum(subscripts, *operands, optimize=any(np.size(x) > LARGE for x in operands))",
        "np.size(x) >= LARGE",
    ): "faster or slower, and the same",
    ("engine/kernels/arrays.py", "@lru_cache(maxsize=8)", "9"): "how many places are kept changes no number",
    ("engine/kernels/arrays.py", "for k in range(1, 16 + 2 * n):", "17"): "one term more is below the last bit",
    ("engine/kernels/arrays.py", "for k in range(1, 16 + 2 * n):", "3"): "one term more is below the last bit",
    (
        "engine/kernels/arrays.py",
        "return sign * np.where(size < n + 1.0, series, wave)",
        "size <= n + 1.0",
    ): "there both are the same, but for rounding",
    (
        "engine/kernels/arrays.py",
        "near, far = np.minimum(size, n + 1.0), np.maximum(size, n + 1.0)",
        "2.0",
    ): "beyond n + 1 the series is not taken",
    (
        "engine/kernels/arrays.py",
        "top = np.where(np.isfinite(top), top, 0.0).astype(top.dtype)",
        "1.0",
    ): "where it is infinite, any number will do",
    (
        "engine/kernels/arrays.py",
        "return total / ((x.size if axis is None else count(x, axis=axis)) - ddof)",
        "x.size if False else count(x, axis=axis)",
    ): "`count` says the same",
    (
        "engine/kernels/arrays.py",
        "return np.copysign(np.where(size < 2.0, small, large), x).astype(x.dtype)",
        "size <= 2.0",
    ): "there both are the same, but for rounding",
    (
        "engine/kernels/arrays.py",
        "if x.__class__ is np.ndarray and y.__class__ is np.ndarray and x.ndim == 2 and y.ndim == 2:",
        "3",
    ): "np.matmul gives the same, after more questions",
    (
        "engine/kernels/matrices.py",
        "radii = [np.where((size > 0.0) & (way > 0.0), size / np.where(way > 0.0, way, 1.0), 1.0) for way in sizes]",
        "2.0",
    ): "a circle of another radius gives the same coefficients",
    (
        "engine/kernels/matrices.py",
        "radii = [np.where((size > 0.0) & (way > 0.0), size / np.where(way > 0.0, way, 1.0), 1.0) for way in sizes]",
        "way >= 0.0",
    ): "a circle of another radius gives the same coefficients",
    (
        "engine/kernels/matrices.py",
        "moved = x + sum(turns[:, i] * radius * way for i, (radius, way) in "
        "enumerate(zip(radii, others, strict=True)))",
        "False",
    ): "both are of one length",
    ("engine/kernels/floats.py", "if x >= 0:", "x > 0"): "both ways give the same there, but for rounding",
    ("engine/kernels/floats.py", "if x >= 0:", "1"): "both ways give the same there, but for rounding",
}
