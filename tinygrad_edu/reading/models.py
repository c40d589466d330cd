"""Letters that stand for a function which a claim leaves undefined: s(z), hθ(x), H(x)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import UntakenDerivativeError
from .alternatives import predicted, prediction, unnamed
from .differentials import Differentials
from .guesses import BIASES
from .pieces import Piece
from .tree import Expression, Name, Product, Terms, Transposed

_ACTIVATIONS = ("sigmoid", "tanh", "relu", "softmax", "softplus", "exp", "leaky_relu", "elu", "gelu", "silu")
_PREDICTIONS = ("yhat", "h", "p", "a", "f", "pred", "ypred", "o", "out", "output", "prob", "probs", "q", "s")
_STEPS = ("H", "u", "Theta", "theta")  # what the step function is called


class Models(Differentials):
    """Understands functions without a definition: by the loss's own operations, or as what the model gives."""

    def model(self, spelled: str, names: Sequence[str], at: int) -> Any:
        """hθ(x): a function from its argument to the node that holds what the model gives."""

        def applied(part: Expression, slope: bool = False) -> Expression:
            if slope:
                raise UntakenDerivativeError(f"the derivative of {spelled} is not read", at, self.text)
            return predicted(at, spelled, names, part)

        return applied

    def sigma(self, at: int) -> Any:
        """σ in a loss that has a softmax and no sigmoid."""
        return lambda part, slope=False: unnamed(at, "σ", ("softmax", "sigmoid"), part, slope)

    def function_letter(self, spelled: str, scripts: list[Piece], at: int) -> Any:
        """s(z), h_θ(x): a function that the claim leaves undefined."""
        model = [name for letter in (spelled, *_PREDICTIONS) if (name := self.words.name(letter))]
        parametrised = any(script.kind == "SUB" for script in scripts)
        if model and (spelled in ("h", "f", "p") or (parametrised and spelled in ("g", "s", "phi", "pi", "F", "H"))):
            return self.model(spelled, model, at)
        if spelled in ("s", "g", "f", "phi", "psi", "S", "F", "h", "a", "sigma", "varphi"):
            usual = [name for name in self.words.functions if name in _ACTIVATIONS]
            if spelled in ("h", "f") and (weights := self._weights(scripts)):
                return self._model_of(weights, usual, spelled, at)
            choices = tuple(dict.fromkeys([*usual, "sigmoid"])) if spelled != "f" or usual else ()
            if choices:
                return lambda part, slope=False: unnamed(at, spelled, choices, part, slope)
        if spelled in _STEPS:
            return lambda part, slope=False: unnamed(at, spelled, ("heaviside",), part, slope)
        raise self.fail(self.words.unknown(spelled), at)

    def _weights(self, scripts: list[Piece]) -> str | None:
        """The graph's weights that a model's subscript names: the θ of h_θ."""
        below = [script for script in scripts if script.kind == "SUB" and len(script.value) == 1]
        return self.words.name(str(below[0].value[0].value)) if below and below[0].value[0].kind == "WORD" else None

    def _model_of(self, weights: str, usual: Sequence[str], spelled: str, at: int) -> Any:
        """h_θ(x) as θᵀx, or as the loss's own function of that where it has one."""

        def applied(part: Expression, slope: bool = False) -> Expression:
            if slope:
                raise UntakenDerivativeError(f"the derivative of {spelled} is not read", at, self.text)
            inner: Expression = Product(at, Transposed(at, Name(at, weights)), part)
            biases = [name for name in BIASES if name in self.words.names]
            if biases:
                shifted = {f"{weights}ᵀx + {b}": Terms(at, (1, 1), (inner, Name(at, b))) for b in biases}
                inner = prediction(at, f"{spelled}(x)", {**shifted, f"{weights}ᵀx": inner})
            return unnamed(at, spelled, tuple(usual), inner) if usual else inner

        return applied
