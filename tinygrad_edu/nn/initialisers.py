"""What layers' weights are before training. Each initialiser's source is named beside it.

An initialiser is a function of a generator, the shape of the weights, and how many numbers go into each output
(`fan_in`) and come out of each input (`fan_out`): for a convolution the channels times the kernel's entries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

Rng = int | np.random.Generator | None
Shape = tuple[int, ...]
Initialiser = Callable[[np.random.Generator, Shape, int, int], np.ndarray]


def glorot(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
    """Uniform, of variance 2/(fan_in + fan_out): for activations that are the identity near 0.

    Source: X. Glorot & Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
    2010, eq. 16. The activations' variance, and that of the gradients, stay about the same from layer to layer.
    """
    return _uniform(rng, shape, math.sqrt(6.0 / (fan_in + fan_out)))


def glorot_normal(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
    """Normal, of variance 2/(fan_in + fan_out). Source: as `glorot`, eq. 12."""
    return rng.normal(0.0, math.sqrt(2.0 / (fan_in + fan_out)), shape)


def he(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
    """Uniform, of variance 2/fan_in: for activations that cut one half off.

    Source: K. He et al., "Delving deep into rectifiers", ICCV 2015, eq. 10.
    """
    return _uniform(rng, shape, math.sqrt(6.0 / fan_in))


def he_normal(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
    """Normal, of variance 2/fan_in. Source: as `he`."""
    return rng.normal(0.0, math.sqrt(2.0 / fan_in), shape)


def lecun(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
    """Normal, of variance 1/fan_in. Source: Y. LeCun et al., "Efficient BackProp", 1998, eq. 16."""
    return rng.normal(0.0, math.sqrt(1.0 / fan_in), shape)


def orthogonal(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
    """Orthonormal columns, or rows where there are fewer, of the weights as a matrix with the first axis of `shape`.

    Source: A. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", ICLR
    2014. The signs of R's diagonal make the QR factorisation, and with it the distribution, unique (F. Mezzadri, 2007).
    """
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape)


def normal(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
    """Normal, of variance 1, whatever the layer: for embeddings."""
    return rng.normal(size=shape)


def zeros(rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> np.ndarray:
    """Zeros: for a last layer. Between hidden layers all units would stay equal."""
    return np.zeros(shape)


def _uniform(rng: np.random.Generator, shape: Shape, far: float) -> np.ndarray:
    return rng.uniform(-far, far, shape)


INITIALISERS: dict[str, Initialiser] = {
    each.__name__: each for each in (glorot, glorot_normal, he, he_normal, lecun, orthogonal, normal, zeros)
}
HALVING = ("relu", "leaky_relu", "elu", "gelu", "silu")  # activations for which "he" was made


def generator(what: str, rng: Rng) -> np.random.Generator:
    """A generator as it is, a seed as a generator of its own. what: whose it is, for the error."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise TypeError(f"{what}: rng is a seed, a whole number from 0 on, or a generator, not {rng!r}") from None


def initial(
    layer: str, init: str | Initialiser, rng: Rng, shape: Sequence[int], fan_in: int, fan_out: int
) -> np.ndarray:
    """The first weights of a layer, by an initialiser's name or by a function like those above."""
    if not callable(init) and init not in INITIALISERS:
        raise ValueError(f"{layer}: init is one of {', '.join(INITIALISERS)}, or a function, not {init!r}")
    function = init if callable(init) else INITIALISERS[init]
    drawn: np.ndarray = np.asarray(function(generator(layer, rng), tuple(shape), fan_in, fan_out))
    if drawn.shape != tuple(shape):
        raise ValueError(f"{layer}: init gave weights of shape {drawn.shape}, not {tuple(shape)}")
    return drawn
