"""Handwritten digits: ten classes, a softmax output, cross-entropy.

Run it:  python examples/digits_softmax.py
Data: the 1797 digits of 8 × 8 pixels that scikit-learn ships (E. Alpaydin & C. Kaynak, 1998).
"""

import numpy as np

from tinygrad_edu import datasets, jit, losses, nn, no_grad, optim

X, X_test, y, y_test = datasets.digits().split().standardised()
rng = np.random.default_rng(0)
print(f"{len(y)} digits to train on, {len(y_test)} kept for the test; each is 64 pixels, standardised")

# 64 pixels → 32 hidden units → 10 logits → softmax → the probabilities of the ten digits. The loss takes the logits:
# log softmax of them in one piece neither overflows nor rounds a small probability to 0.
model = nn.MLP([64, 32, 10], activation="tanh", output="softmax", rng=rng)
optimizer = optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.05)
print(f"{model}\nwith {sum(p.size for p in model.parameters())} numbers to learn\n")


@jit  # recorded once for each size of a batch; without it the losses are the same, and take half as long again
def step(X_batch, y_batch):
    """One step along the gradients of a batch; returns its loss."""
    loss = losses.cross_entropy(model.logits(X_batch), y_batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


for epoch in range(1, 31):
    total = 0.0
    for batch in np.array_split(rng.permutation(len(y)), 43):
        total += step(X[batch], y[batch]) * len(batch)
    if epoch % 5 == 0 or epoch == 1:
        with no_grad():
            right = np.mean(model(X_test).data.argmax(axis=1) == y_test)
        print(f"epoch {epoch:2}   loss {total / len(y):.4f}   test accuracy {right:.3f}")

# The gradient of cross-entropy towards the logits is famous for how simple it is: (softmax(z) − one-hot(y)) / N.
z = model.logits(X)
losses.cross_entropy(z, y).backward()
by_hand = (model(X).data - np.eye(10)[y]) / len(y)
difference = np.abs(z.grad - by_hand).max()
print(f"\n∂L/∂z by the engine and by hand, (softmax(z) − one-hot(y))/N, differ by at most {difference:.1e}")

# What it still gets wrong, and how sure it was.
with no_grad():
    answers = model(X_test).data
wrong = np.flatnonzero(answers.argmax(axis=1) != y_test)
print(f"{len(wrong)} of {len(y_test)} test digits are read wrongly, among them:")
for i in wrong[:5]:
    said = answers[i].argmax()
    print(
        f"  a {y_test[i]} taken for a {said} (p = {answers[i, said]:.2f}; for {y_test[i]}: {answers[i, y_test[i]]:.2f})"
    )
