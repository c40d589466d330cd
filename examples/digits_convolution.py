"""Handwritten digits once more, as pictures: a small convolution, pooled, then one linear layer.

Run it:  python examples/digits_convolution.py
Data: the 1797 digits of 8 × 8 pixels that scikit-learn ships (E. Alpaydin & C. Kaynak, 1998).
"""

import numpy as np

from tinygrad_edu import Tensor, datasets, derive, jit, losses, nn, optim

data = datasets.digits()
X, X_test, y, y_test = data.split()
X, X_test = ((pixels / 16 - 0.3).reshape(-1, 1, 8, 8) for pixels in (X, X_test))  # ink from 0 to 16, about 0 on average
rng = np.random.default_rng(0)
print(f"{len(y)} digits to train on, {len(y_test)} kept for the test; each is a picture of 8 × 8 pixels\n")

model = nn.Sequential(
    nn.Conv2d(1, 12, 3, padding=1, rng=rng),  # 12 kernels of 3 × 3, at each of the 8 × 8 places
    nn.ReLU(),
    nn.MaxPool2d(2),  # the strongest answer in each 2 × 2: 12 pictures of 4 × 4
    nn.Flatten(),
    nn.Dropout(0.2, rng=rng),
    nn.Linear(12 * 4 * 4, 10, rng=rng),
)
optimizer = optim.AdamW(model, lr=0.005, weight_decay=0.05)
print(f"{model}\n")


@jit
def step(X_batch, y_batch):
    """One step along the gradients of a batch; returns its loss."""
    loss = losses.cross_entropy(model(X_batch), y_batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


predict = jit(model)
for epoch in range(1, 21):
    model.train()
    total = 0.0
    for batch in np.array_split(rng.permutation(len(y)), 43):
        total += step(X[batch], y[batch]) * len(batch)
    model.eval()
    if epoch % 5 == 0 or epoch == 1:
        right = np.mean(predict(X_test).argmax(axis=1) == y_test)
        print(f"epoch {epoch:2}   loss {total / len(y):.4f}   test accuracy {right:.3f}")

# The gradient of a convolution's kernel by hand: each entry of it meets, at every place, the pixel below it.
conv = model[0]
pictures = Tensor(X[:50], name="X", requires_grad=False)
z = conv(pictures)
loss = (z**2).mean()
conv.weight.grad = None
loss.backward()
g = 2 * z.data / z.data.size  # ∂L/∂z
bordered = np.pad(X[:50, 0], ((0, 0), (1, 1), (1, 1)))
by_hand = np.zeros((12, 1, 3, 3))
for i in range(3):
    for j in range(3):
        by_hand[:, 0, i, j] = (g * bordered[:, None, i : i + 8, j : j + 8]).sum(axis=(0, 2, 3))
difference = np.abs(conv.weight.grad - by_hand).max()
print(f"\n∂L/∂W of the kernels by the engine and by hand differ by at most {difference:.1e}. The derivation:\n")
plain = nn.Conv2d(1, 2, 3, bias=False, rng=rng)
print(derive((plain(pictures) ** 2).mean(), plain.weight))
