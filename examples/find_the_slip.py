"""A derivation from a widely copied note, checked line by line: where does the 1/N go?

Run it:  python examples/find_the_slip.py
The note starts from the mean over N samples and derives the gradient of binary cross-entropy.
"""

import numpy as np

from tinygrad_edu import Tensor, derive

y = Tensor([1.0, 0.0, 1.0], name="y", requires_grad=False)  # named, so that claims can speak of it
yhat = Tensor([0.9, 0.2, 0.7], name="yhat")
loss = -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).mean()

derivation = derive(loss, yhat)
print("How the gradient is derived:\n")
print(derivation)

NOTE = [
    r"\frac{\partial L}{\partial \hat{y}_i} = "
    r"-\frac{1}{N} \left( \frac{y_i}{\hat{y}_i} - \frac{(1 - y_i)}{1 - \hat{y}_i} \right)",
    r"\frac{\partial L}{\partial \hat{y}_i} = "
    r"-\frac{1}{N} \left( \frac{y_i (1 - \hat{y}_i) - (1 - y_i) \hat{y}_i}{\hat{y}_i (1 - \hat{y}_i)} \right)",
    r"\frac{\partial L}{\partial \hat{y}_i} = -\left( \frac{y_i}{\hat{y}_i} - \frac{(1 - y_i)}{1 - \hat{y}_i} \right)",
    r"\nabla_a L = -\left( \frac{y}{\hat{y}} - \frac{1 - y}{1 - \hat{y}} \right)",
]
print("\nThe note's lines, checked:\n")
for number, (line, verdict) in enumerate(zip(NOTE, derivation.check_lines(NOTE), strict=True), start=1):
    print(f"{number}  {line}")
    print(f"   {verdict}\n")
    if verdict.mistake and number == 3:
        print(f"   Hint: {verdict.hint}")
        print(f"   Done right: {verdict.solution}\n")
