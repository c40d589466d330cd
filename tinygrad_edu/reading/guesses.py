"""What a word can mean that is no name of the graph: a gradient by one of its many names, a mean, a prediction."""

from __future__ import annotations

from ..paper.notation import pretty
from .alternatives import gradient_or_mean, prediction
from .left_side import left_side
from .lexer import cut
from .pieces import Piece
from .tree import Applied, Expression, Gradient, Name, Number, Power, Product, Terms
from .words import Vocabulary, canonical

_PREDICTIONS = {"yhat", "ypred", "yp", "pred", "preds", "prediction", "predictions", "out", "output", "outputs"}
_PROBABILITIES = {"p", "phat", "pi", "pihat", "a", "ahat", "o", "q", "s", "prob", "probs", "h", "mu"}
_LOGITS = ("z", "logit", "logits", "o", "u", "s", "a", "score", "scores", "h", "f", "eta")
_DATA, _WEIGHTS = ("X", "x"), ("w", "W", "theta", "beta", "a", "m")
BIASES = ("b", "c", "w0", "theta0", "beta0", "b0")
# What a prediction is made with, by the operations of which one stands in the loss
_ACTIVATIONS = {
    "softmax": ("softmax", "log_softmax", "logsumexp"),
    "sigmoid": ("sigmoid", "softplus", "logistic_loss", "sigmoid_residual"),
}


def gradient_named(pieces: list[Piece], words: Vocabulary) -> str | None:
    """The graph's name whose gradient a symbol is, as `left_side` has it: grad_Z2, dL_dz, z_grad, dZ2."""
    found = left_side(pieces, words)
    plain = found.kind == "gradient" and found.is_of_loss() and not (found.refused or found.factor or found.labels)
    return found.about if plain and found.about else None


def barred_name(spelled: str, words: Vocabulary) -> str | None:
    """The name of the graph that stands under a bar: the Z₂ of Z̄₂."""
    stem, bar, number = canonical(spelled).rpartition("bar")
    return words.name(stem + number) if bar and (not number or number.isdigit()) else None


def predictions(spelled: str, at: int, words: Vocabulary) -> Expression | None:
    """ŷ as what the loss predicts with: softmax or sigmoid of its logits, or X w + b."""
    used = [name for name, rows in _ACTIVATIONS.items() if any(row in words.functions for row in rows)]
    if canonical(spelled).lower() not in (_PREDICTIONS | _PROBABILITIES if used else _PREDICTIONS):
        return None
    models: dict[str, Expression] = {}
    for written, inner in _inner(at, words).items():
        for function in used:
            models[f"{function}({written})"] = Applied(at, function, (inner,))
        if not used and not isinstance(inner, Name):
            models[written] = inner
    return prediction(at, pretty(canonical(spelled)), models) if models else None


def _inner(at: int, words: Vocabulary) -> dict[str, Expression]:
    """What a loss can apply its last function to: logits that have a name, or data times weights."""
    found: dict[str, Expression] = {}
    for name in reversed(list(words.names)):
        if canonical(name).rstrip("0123456789").lower() in _LOGITS:
            found[name] = Name(at, name)
    for data in filter(words.names.__contains__, _DATA):
        for weights in filter(words.names.__contains__, _WEIGHTS):
            axes, more = words.names[data], words.names[weights]
            product = Product(at, Name(at, data), Name(at, weights), "@" if axes and more else "⊙")
            if axes and more and axes[-1] != more[0]:
                continue
            for bias in filter(words.names.__contains__, BIASES):
                found[f"{data} {weights} + {bias}"] = Terms(at, (1, 1), (product, Name(at, bias)))
            found[f"{data} {weights}"] = product
    return found


def meaning(spelled: str, at: int, words: Vocabulary) -> Expression | None:
    """The meaning of a word without scripts that is no name: a gradient, a mean, a root, a prediction; None if none."""
    if spelled == "sigma" and (square := words.name("sigma2")) is not None and words.name("sigma1") is None:
        return Power(at, Name(at, square), Number(at, 0.5))  # σ where σ² has a name, so that σ⁴ is its square
    gradient = gradient_named(cut(spelled), words) if len(spelled) > 1 else None
    if gradient is not None:
        return Gradient(at, gradient)
    if (name := barred_name(spelled, words)) is not None:
        return gradient_or_mean(at, spelled, name, words)
    return predictions(spelled, at, words)


__all__ = ["BIASES", "barred_name", "gradient_named", "meaning", "predictions"]
