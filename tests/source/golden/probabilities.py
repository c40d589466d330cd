import numpy as np


def _sigmoid(x):
    """1/(1 + e^(−x)); where e^(−x) overflows to inf the result is 0, as it should be."""
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-x))


def probabilities(W_1, b_1, W_2, b_2, X, y):
    """Return L and its gradients with respect to W_1, b_1, W_2, b_2."""
    # forward
    z_1 = X @ W_1 + b_1
    h = np.maximum(z_1, 0.0)
    z_2 = h @ W_2 + b_2
    yhat = _sigmoid(z_2)
    t = 1 - y
    t_2 = 1 - yhat
    L = -np.mean(y * np.log(yhat) + t * np.log(t_2))

    # backward
    N = y.size
    dL_dyhat = (t / t_2 - y / yhat) / N  # ∂L/∂yhat = ((1 − y)/(1 − yhat) − y/yhat)/N
    dL_dz_2 = dL_dyhat * (yhat * t_2)  # ∂L/∂z_2 = ∂L/∂yhat · yhat · (1 − yhat)
    # ∂L/∂b_2 = Σ ∂L/∂z_2, summed over axis 0, along which b_2 was broadcast
    dL_db_2 = np.sum(dL_dz_2, axis=0)
    dL_dh = dL_dz_2 @ W_2.T  # ∂L/∂h = ∂L/∂z_2 W_2ᵀ
    dL_dW_2 = h.T @ dL_dz_2  # ∂L/∂W_2 = hᵀ ∂L/∂z_2
    dL_dz_1 = np.where(z_1 <= 0, 0.0, dL_dh)  # ∂L/∂z_1 = ∂L/∂h · [z_1 > 0]
    # ∂L/∂b_1 = Σ ∂L/∂z_1, summed over axis 0, along which b_1 was broadcast
    dL_db_1 = np.sum(dL_dz_1, axis=0)
    dL_dW_1 = X.T @ dL_dz_1  # ∂L/∂W_1 = Xᵀ ∂L/∂z_1

    return L, (dL_dW_1, dL_db_1, dL_dW_2, dL_db_2)
