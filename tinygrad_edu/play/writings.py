"""How the network's parts are written in programs: what the page puts together when it shows the network as code."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..nn.activations import ACTIVATIONS
from ..source.readable import Readable
from ..source.recording import record
from ..source.signature import Signature
from .pieces import HIDDEN

_TORCH = {
    "tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU", "gelu": "GELU",
    "silu": "SiLU", "softplus": "Softplus",
}  # fmt: skip
_TORCH_LOSSES = {
    "bce": "torch.nn.functional.binary_cross_entropy_with_logits",
    "cross-entropy": "torch.nn.functional.cross_entropy",
    "squared": "torch.nn.functional.mse_loss",
    "hinge": "lambda z, y: torch.relu(1 - y * z).mean()  # labels of −1 and 1",
    "absolute": "torch.nn.functional.l1_loss",
    "huber": "torch.nn.functional.huber_loss",
}
_OUR_LOSSES = {
    "bce": "losses.binary_cross_entropy_with_logits",
    "cross-entropy": "losses.cross_entropy",
    "squared": "losses.mse_loss",
    "hinge": "losses.hinge_loss  # labels of −1 and 1",
    "absolute": "lambda z, y: np.abs(z - y).mean()",
    "huber": "lambda z, y: np.where(abs(z - y) < 1, (z - y) ** 2 / 2, abs(z - y) - 0.5).mean()",
}


def writings() -> dict[str, Any]:
    """Activations as NumPy functions, as modules of PyTorch and of this package; the losses of both."""
    return {
        "numpy": {name: _numpy(name) for name in HIDDEN if name != "linear"},
        "pytorch": {name: f"torch.nn.{cls}()" for name, cls in _TORCH.items()},
        "tinygrad_edu": {name: f"nn.{ACTIVATIONS[name].__name__}()" for name in HIDDEN if name != "linear"},
        "losses": {"pytorch": _TORCH_LOSSES, "tinygrad_edu": _OUR_LOSSES},
    }


def _numpy(name: str) -> str:
    """The source of an activation, written by the emitter from the recorded operations."""
    module = ACTIVATIONS[name]()

    def function(Z: Any) -> Any:
        return module(Z)

    function.__name__ = name
    recording = record(function, [np.linspace(-1, 1, 6).reshape(3, 2)], {}, naming=True)
    text = Readable(recording, function, Signature(function, 1), gradient=False).text()
    return text.removeprefix("import numpy as np").lstrip()
