import math


def _sigmoid(x):
    """1/(1 + e^(−x)), without overflow on either side."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def neuron(w, b, x, y):
    """Return L and its gradients with respect to w, b."""
    # forward
    yhat = _sigmoid(w * x + b)
    t = yhat - y
    L = t**2

    # backward
    dL_dyhat = 2 * t  # ∂L/∂yhat = 2 · (yhat − y)
    dL_db = dL_dyhat * (yhat * (1 - yhat))  # ∂L/∂b = ∂L/∂yhat · yhat · (1 − yhat)
    dL_dw = dL_db * x  # ∂L/∂w = ∂L/∂b · x

    return L, (dL_dw, dL_db)
