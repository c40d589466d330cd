"""A first classifier: breast cancer, from the measurements of cells to a probability, with gradients you can check.

Run it:  python examples/first_classifier.py [folder for the picture]
Data: the 569 samples × 30 measurements that scikit-learn ships (W. H. Wolberg et al., 1995). One in four is kept for
the test and never trained on.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from tinygrad_edu import Tensor, losses, nn, no_grad, optim

# ── data: standardised with the training samples' mean and deviation, so that the test set stays unseen ──
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y.reshape(-1, 1), test_size=0.25, random_state=0, stratify=y)
mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
X = Tensor((X_train - mean) / deviation, name="X", requires_grad=False)
y = Tensor(y_train, name="y", requires_grad=False)
X_test = (X_test - mean) / deviation
print(f"{len(y_train)} samples to train on, {len(y_test)} kept for the test, 30 measurements each")

# ── model: X → Linear(30, 16) → tanh → Linear(16, 1) → sigmoid → ŷ, the probability that the tumour is benign ──
model = nn.MLP([30, 16, 1], activation="tanh", output="sigmoid", rng=0)
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.003)


def accuracy(X, y):
    """The share of samples on whose side of ½ the model is right."""
    with no_grad():
        return np.mean((model(X).data > 0.5) == y)


# ── training ──
curve = []
for epoch in range(201):
    yhat = model(X)
    yhat.name = "yhat"
    loss = losses.binary_cross_entropy(yhat, y)
    optimizer.zero_grad()
    loss.backward()
    curve.append(loss.item())
    if epoch % 25 == 0:
        print(f"epoch {epoch:3}   loss {loss.item():.4f}   test accuracy {accuracy(X_test, y_test):.3f}")
    optimizer.step()

# ── the gradient the engine found, beside the one from the blackboard: ∂L/∂ŷ = −(1/N)(y/ŷ − (1−y)/(1−ŷ)) ──
p, N = yhat.data, len(y_train)
by_hand = -(1 / N) * (y.data / p - (1 - y.data) / (1 - p))
difference = np.max(np.abs(yhat.grad - by_hand) / np.abs(by_hand))
print(f"\n∂L/∂ŷ by the engine and by hand, −(1/N)(y/ŷ − (1−y)/(1−ŷ)), differ by at most {difference:.1e} of its size")
print(f"test accuracy: {accuracy(X_test, y_test):.3f}")

# ── the loss curve ──
mpl.use("Agg")  # a file is wanted, no window
import matplotlib.pyplot as plt  # noqa: E402

path = Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "first_classifier.loss.png"
plt.figure(layout="constrained")
plt.plot(curve)
plt.xlabel("epoch")
plt.ylabel("loss on the training samples")
plt.yscale("log")
plt.savefig(path, dpi=120)
print(f"loss curve: {path}")
