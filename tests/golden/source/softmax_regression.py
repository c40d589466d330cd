import numpy as np


def _log_softmax(x, *, axis):
    """x − log Σ e^x along `axis`, the largest taken out first."""
    x = x - np.max(x, axis=axis, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))


def _scatter(g, key, shape):
    """Zeros with g added at a key: what undoes an indexing."""
    out = np.zeros(shape, np.asarray(g).dtype)
    np.add.at(out, key, g)
    return out


def softmax_regression(params, X, labels):
    """Return L and its gradients with respect to W, b."""
    W = params["W"]
    b = params["b"]

    # forward
    logits = X @ W + b
    t = _log_softmax(logits, axis=1)
    t_2 = np.expand_dims(labels, axis=1)
    t_3 = np.squeeze(np.take_along_axis(t, t_2, axis=1), axis=1)
    L = -np.mean(t_3)

    # backward
    N = labels.size
    t_4 = np.expand_dims(np.full_like(t_3, -1.0 / N), axis=1)  # −1/N
    # ∂L/∂t = scatter(t_4)
    dL_dt = _scatter(t_4, (np.arange(len(logits)).reshape(-1, 1), t_2), logits.shape)
    t_5 = np.exp(t) * np.sum(dL_dt, axis=1, keepdims=True)  # exp t · Σ ∂L/∂t
    dL_dlogits = dL_dt - t_5  # ∂L/∂logits = ∂L/∂t − t_5
    # ∂L/∂b = Σ ∂L/∂logits, summed over axis 0, along which b was broadcast
    dL_db = np.sum(dL_dlogits, axis=0)
    dL_dW = X.T @ dL_dlogits  # ∂L/∂W = Xᵀ ∂L/∂logits

    return L, {"W": dL_dW, "b": dL_db}
