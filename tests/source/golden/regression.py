import numpy as np


def regression(w, b, X, y):
    """Return L and its gradients with respect to w, b."""
    # forward
    yhat = X @ w + b
    t = yhat - y
    L = np.mean(t**2)

    # backward
    N = y.size
    dL_dyhat = 2 * t / N  # ∂L/∂yhat = (2 · (yhat − y))/N
    # ∂L/∂b = Σ ∂L/∂yhat, summed over axis 0, along which b was broadcast
    dL_db = np.sum(dL_dyhat, axis=0, keepdims=True)
    dL_dw = X.T @ dL_dyhat  # ∂L/∂w = Xᵀ ∂L/∂yhat

    return L, (dL_dw, dL_db)
