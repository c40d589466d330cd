"""A regression: how far diabetes went in a year, a linear output, squared error; beside ridge regression.

Run it:  python examples/diabetes_linear.py
Data: the 442 patients × 10 measurements that scikit-learn ships (B. Efron et al., 2004).
"""

import numpy as np
from sklearn.linear_model import RidgeCV

from tinygrad_edu import Tensor, datasets, losses, nn, no_grad, optim

X, X_test, y, y_test = datasets.diabetes().split().standardised()
rng = np.random.default_rng(0)
print(f"{len(y)} patients to train on, {len(y_test)} kept for the test; 10 measurements each, standardised")


def r2(predicted):
    """The share of the test patients' variance that is explained: 1 is all of it, 0 what their mean explains."""
    return 1 - np.mean((y_test - predicted) ** 2) / np.var(y_test)


ridge = RidgeCV(alphas=np.logspace(-2, 4, 61)).fit(X, y)
print(f"ridge regression (its penalty chosen on the training patients): test R² {r2(ridge.predict(X_test)):.3f}\n")

# 10 measurements → 8 hidden units → 1 number. Few patients and much noise: weight decay keeps the network near-linear.
# The target is standardised for training, as the measurements are, and put back for the prediction.
centre, scale = y.mean(), y.std()
target = ((y - centre) / scale).reshape(-1, 1)
model = nn.MLP([10, 8, 1], activation="tanh", output="linear", rng=rng)
optimizer = optim.AdamW(model.parameters(), lr=0.003, weight_decay=1.0)


def predicted(X):
    """The network's prediction in the target's own units."""
    with no_grad():
        return centre + scale * model(X).data[:, 0]


for epoch in range(1, 61):
    total = 0.0
    for batch in np.array_split(rng.permutation(len(y)), 10):
        loss = losses.mse_loss(model(X[batch]), target[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    if epoch % 10 == 0 or epoch == 1:
        print(f"epoch {epoch:2}   loss {total / len(y):.4f}   test R² {r2(predicted(X_test)):.3f}")

# ∂L/∂ŷ of the mean squared error by hand is (2/N)(ŷ − y).
yhat = Tensor(model(X).data, name="yhat")
losses.mse_loss(yhat, target).backward()
by_hand = 2 / len(y) * (yhat.data - target)
print(f"\n∂L/∂ŷ by the engine and by hand, (2/N)(ŷ − y), differ by at most {np.abs(yhat.grad - by_hand).max():.1e}")
print(f"test R²: the network {r2(predicted(X_test)):.3f}, ridge regression {r2(ridge.predict(X_test)):.3f}")
