"""tinygrad_edu: the autograd engine that shows its work.

The table of contents: each name is explained where it is defined.
"""

from .functions import *  # noqa: F403
from .switches import detect_anomaly, no_grad
from .tensor import Tensor, Value
from .transforms import check_grads, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
