"""Named leaves of random numbers, for the losses that tests speak of."""

from typing import Any

import numpy as np

from tinygrad_edu import Tensor


class Leaves:
    """Leaves that are drawn one after the other, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def data(self, name: str, *shape: int) -> Tensor:
        """A leaf that needs no gradient."""
        return Tensor(self.rng.normal(size=shape), name=name, requires_grad=False)

    def weights(self, name: str, *shape: int) -> Tensor:
        """A leaf that needs one."""
        return Tensor(self.rng.normal(size=shape), name=name)


def named(node: Any, name: str | None) -> Any:
    """The node, which has this name from here on."""
    node.name = name
    return node
