import numpy as np


def _check_numbers(numbers, count, what, meaning, kinds):
    """Raise ValueError unless all numbers are integers from 0 to count − 1."""
    numbers = np.asarray(numbers)
    kind, there = numbers.dtype.kind, f"{count} {meaning} 0 to {count - 1}"
    whole = kind in kinds or (kind == "f" and np.all(numbers == np.floor(numbers)))
    if not whole:
        raise ValueError(f"{what}s are integers here; {there}")
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < count):
        wrong = float(numbers.min() if numbers.min() < 0 else numbers.max())
        raise ValueError(f"{what} {wrong:.0f}, but {there}")


def _log_softmax(x, *, axis):
    """x − log Σ e^x along `axis`, the largest taken out first."""
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


def _scatter(g, key, shape):
    """Zeros with g added at a key: what undoes an indexing."""
    out = np.zeros(shape, np.asarray(g).dtype)
    np.add.at(out, key, g)
    return out


def softmax_regression(params, X, labels):
    """Return L and its gradients with respect to W, b."""
    W = params["W"]
    b = params["b"]
    _check_numbers(labels, 5, "cross_entropy: label", "logits mean the classes", "iub")

    # forward
    logits = X @ W + b
    log_p = _log_softmax(logits, axis=1)
    t = np.expand_dims(labels, axis=1)
    t_2 = np.squeeze(np.take_along_axis(log_p, t, axis=1), axis=1)
    L = -np.mean(t_2)

    # backward
    N = labels.size
    t_3 = np.expand_dims(np.full_like(t_2, -1.0 / N), axis=1)  # −1/N
    # ∂L/∂log_p = scatter(−1/N)
    dL_dlog_p = _scatter(t_3, (np.arange(len(logits)).reshape(-1, 1), t), logits.shape)
    # exp log_p · Σ ∂L/∂log_p
    t_4 = np.exp(log_p) * np.sum(dL_dlog_p, axis=1, keepdims=True)
    dL_dlogits = dL_dlog_p - t_4  # ∂L/∂logits = ∂L/∂log_p − t_4
    # ∂L/∂b = Σ ∂L/∂logits, summed over axis 0, along which b was broadcast
    dL_db = np.sum(dL_dlogits, axis=0)
    dL_dW = X.T @ dL_dlogits  # ∂L/∂W = Xᵀ ∂L/∂logits

    return L, {"W": dL_dW, "b": dL_db}
