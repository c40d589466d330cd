import numpy as np


def _logistic_loss(x, y):
    """log(1 + e^x) − y x = log(1 + e^(−|x|)) + (max(x, 0) − y x): for a label 0 or 1 nothing cancels."""
    return np.log1p(np.exp(-np.abs(x))) + (np.maximum(x, 0.0) - y * x)


def _sigmoid_residual(x, y):
    """σ(x) − y = (1 − y) σ(x) − y σ(−x): for a label 0 or 1 nothing cancels, and neither exponential overflows."""
    # σ(x) is above/(above + below)
    above, below = np.exp(np.minimum(x, 0.0)), np.exp(-np.maximum(x, 0.0))
    return ((1.0 - y) * above - y * below) / (above + below)


def classifier(W_1, b_1, W_2, b_2, X, y):
    """Return L and its gradients with respect to W_1, b_1, W_2, b_2."""
    # forward
    z_1 = X @ W_1 + b_1
    h = np.tanh(z_1)
    z_2 = h @ W_2 + b_2
    L = np.mean(_logistic_loss(z_2, y))

    # backward
    N = y.size
    dL_dz_2 = _sigmoid_residual(z_2, y) / N  # ∂L/∂z_2 = (σ(z_2) − y)/N
    # ∂L/∂b_2 = Σ ∂L/∂z_2, summed over axis 0, along which b_2 was broadcast
    dL_db_2 = np.sum(dL_dz_2, axis=0)
    dL_dh = dL_dz_2 @ W_2.T  # ∂L/∂h = ∂L/∂z_2 W_2ᵀ
    dL_dW_2 = h.T @ dL_dz_2  # ∂L/∂W_2 = hᵀ ∂L/∂z_2
    dL_dz_1 = dL_dh * (1 - h * h)  # ∂L/∂z_1 = ∂L/∂h · (1 − h²)
    # ∂L/∂b_1 = Σ ∂L/∂z_1, summed over axis 0, along which b_1 was broadcast
    dL_db_1 = np.sum(dL_dz_1, axis=0)
    dL_dW_1 = X.T @ dL_dz_1  # ∂L/∂W_1 = Xᵀ ∂L/∂z_1

    return L, (dL_dW_1, dL_db_1, dL_dW_2, dL_db_2)
