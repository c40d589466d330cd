"""`Classifier` and `Regressor`: a multilayer perceptron with scikit-learn's interface, trained by `fit`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets, unique_labels
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError:
    raise ImportError(
        'Classifier and Regressor are scikit-learn estimators: pip install "tinygrad_edu[train]"'
    ) from None

from .. import nn, optim
from ..tensors.modes import no_grad
from .fit import fit
from .history import History

_AS_IN_FIT = ("epochs", "batch_size", "l2", "early_stopping", "validation", "schedule", "clip_norm")
# One epoch is over before a program of its step would be recorded.
_ONE_EPOCH: dict[str, Any] = {"epochs": 1, "early_stopping": None, "validation": None, "schedule": None, "jit": False}


class _Perceptron(BaseEstimator):  # type: ignore[misc]
    """What both share: the network, its training, and going on with it."""

    def __init__(
        self,
        hidden: Sequence[int] = (64,),
        activation: str = "relu",
        *,
        lr: float = 0.01,
        l2: float = 1e-3,
        epochs: int = 200,
        batch_size: int = 64,
        early_stopping: bool | int | None = True,
        validation: float | None = None,
        schedule: Any = None,
        clip_norm: float | None = None,
        warm_start: bool = False,
        random_state: Any = None,
        progress: bool = False,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.lr = lr
        self.l2 = l2
        self.epochs = epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation = validation
        self.schedule = schedule
        self.clip_norm = clip_norm
        self.warm_start = warm_start
        self.random_state = random_state
        self.progress = progress

    def _trained(self, X: Any, y: Any, sample_weight: Any, *, anew: bool, **more: Any) -> Self:
        """Train `self.model_`, made anew or as it is, on the labels as the network has them."""
        outputs, activation, loss = self._ending()
        size = [X.shape[1], *self._hidden(), outputs]
        network = {"hidden": size[1:-1], "activation": self.activation}
        if anew:
            drawn = check_random_state(self.random_state)
            self.model_ = nn.MLP(size, self.activation, activation, rng=int(drawn.randint(2**31)))
            self.optimizer_ = optim.Adam(self.model_, lr=self.lr)
            self.loss_curve_: list[float] = []
            self._seed = int(drawn.randint(2**31))
            self._network = network
        for name, value in network.items():
            if value != self._network[name]:
                raise ValueError(
                    f"{type(self).__name__}: training goes on with the network that is there, whose {name} is "
                    f"{self._network[name]}, not {value}; fit without warm_start makes a new one"
                )
        self.optimizer_.check(self.lr, self.optimizer_.settings)
        self.optimizer_.lr = self.lr
        self.history_: History = fit(
            self.model_,
            X,
            y,
            loss,
            self.optimizer_,
            sample_weight=sample_weight,
            seed=self._seed + len(self.loss_curve_),
            progress=self.progress or False,
            **{name: getattr(self, name) for name in _AS_IN_FIT} | more,
        )
        self.model_.eval()
        self.loss_curve_ = self.loss_curve_ + self.history_.loss
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _hidden(self) -> list[int]:
        if np.ndim(self.hidden) != 1:
            raise TypeError(
                f"{type(self).__name__}: hidden is the sizes of the hidden layers, such as (64,), not {self.hidden!r}"
            )
        return list(self.hidden)

    def _given(self, X: Any) -> np.ndarray:
        """What the network gives for X."""
        check_is_fitted(self, "model_")
        X = validate_data(self, X, reset=False, dtype=np.float64)
        with no_grad():
            found: np.ndarray = self.model_(X).data
        return found

    def _ending(self) -> tuple[int, str, str]:
        """How many outputs the network has, their activation, and the loss."""
        raise NotImplementedError


class Classifier(ClassifierMixin, _Perceptron):  # type: ignore[misc]
    """A classifier: a multilayer perceptron with a sigmoid or a softmax at its end, and cross-entropy.

    It is an estimator of scikit-learn's, with all that goes with it: pipelines, grid search, cross-validation. Features
    should be standardised before it, by a StandardScaler in the pipeline.

    hidden: the sizes of the hidden layers. activation: of these. lr: Adam's. l2, epochs, batch_size, early_stopping,
    validation, schedule, clip_norm: as in `fit`; without `validation` training ends where the loss itself falls no
    more. class_weight: "balanced", or a dict from class to weight. warm_start: `fit` goes on from the weights that are
    there. random_state: of the weights and of the order of the samples.

    `classes_`: the labels. `model_`: the network. `history_`: of the last call of `fit`. `loss_curve_`: all epochs'
    losses.

    >>> from tinygrad_edu import datasets
    >>> X, y = datasets.moons()
    >>> Classifier(hidden=(16,), random_state=0).fit(X, y).predict(X[:3]) == y[:3]
    array([ True,  True,  True])
    """

    classes_: np.ndarray

    def __init__(
        self,
        hidden: Sequence[int] = (64,),
        activation: str = "relu",
        *,
        lr: float = 0.01,
        l2: float = 1e-3,
        epochs: int = 200,
        batch_size: int = 64,
        early_stopping: bool | int | None = True,
        validation: float | None = None,
        schedule: Any = None,
        clip_norm: float | None = None,
        class_weight: Any = None,
        warm_start: bool = False,
        random_state: Any = None,
        progress: bool = False,
    ) -> None:
        super().__init__(
            hidden,
            activation,
            lr=lr,
            l2=l2,
            epochs=epochs,
            batch_size=batch_size,
            early_stopping=early_stopping,
            validation=validation,
            schedule=schedule,
            clip_norm=clip_norm,
            warm_start=warm_start,
            random_state=random_state,
            progress=progress,
        )
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on X (N, D) and the labels y (N,), whatever they are called."""
        anew = not (self.warm_start and hasattr(self, "model_"))
        X, y, weight = self._checked(X, y, sample_weight, reset=anew)
        classes = unique_labels(y)
        if len(classes) < 2:
            raise ValueError(
                f"Classifier: it takes two classes or more; the labels hold one class, {classes.tolist()[0]!r}"
            )
        if not anew and not np.array_equal(classes, self.classes_):
            raise ValueError("Classifier: warm_start goes on with the same classes; these are others")
        self.classes_ = classes
        return self._trained(X, self._numbers(y), self._weights(y, weight), anew=anew)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One epoch on some samples; classes: all there are, needed at the first call."""
        anew = not hasattr(self, "model_")
        X, y, weight = self._checked(X, y, sample_weight, reset=anew)
        if anew:
            if classes is None:
                raise ValueError("Classifier: the first call of partial_fit needs all classes")
            self.classes_ = unique_labels(classes)
        elif classes is not None and not np.array_equal(unique_labels(classes), self.classes_):
            raise ValueError("Classifier: partial_fit goes on with the same classes; these are others")
        if foreign := sorted(set(unique_labels(y).tolist()) - set(self.classes_.tolist())):
            raise ValueError(f"Classifier: a label {foreign[0]!r} is none of the classes")
        return self._trained(X, self._numbers(y), self._weights(y, weight), anew=anew, **_ONE_EPOCH)

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each sample, (N,)."""
        numbers = self.predict_proba(X).argmax(axis=1)
        found: np.ndarray = self.classes_[numbers]
        return found

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class, (N, K), in the order of `classes_`."""
        given = self._given(X)
        return np.column_stack([1 - given, given]) if given.shape[1] == 1 else given

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """The logarithms of the probabilities."""
        with np.errstate(divide="ignore"):
            found: np.ndarray = np.log(self.predict_proba(X))
        return found

    def _checked(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> tuple[Any, Any, Any]:
        X, y = validate_data(self, X, y, reset=reset, dtype=np.float64)
        check_classification_targets(y)
        return X, y, None if sample_weight is None else _check_sample_weight(sample_weight, X)

    def _numbers(self, y: Any) -> np.ndarray:
        found: np.ndarray = np.searchsorted(self.classes_, y)
        return found

    def _weights(self, y: Any, weight: Any) -> Any:
        if self.class_weight is None:
            return weight
        from sklearn.utils.class_weight import compute_sample_weight

        return compute_sample_weight(self.class_weight, y) * (1.0 if weight is None else weight)

    def _ending(self) -> tuple[int, str, str]:
        if len(self.classes_) == 2:
            return 1, "sigmoid", "binary_cross_entropy_with_logits"
        return len(self.classes_), "softmax", "cross_entropy"


class Regressor(RegressorMixin, _Perceptron):  # type: ignore[misc]
    """A regressor: a multilayer perceptron with a linear output, and the squared error.

    It is an estimator of scikit-learn's, as `Classifier` is, with the same arguments but for class_weight. What y is
    measured in makes no difference: it is standardised for training, and put back.

    `model_`: the network. `history_`: of the last call of `fit`. `loss_curve_`: all epochs' losses, of the standardised
    y.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on X (N, D) and y (N,) or (N, K)."""
        return self._standardised(X, y, sample_weight, anew=not (self.warm_start and hasattr(self, "model_")))

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One epoch on some samples; the first call's y says in which units training goes on."""
        return self._standardised(X, y, sample_weight, anew=not hasattr(self, "model_"), **_ONE_EPOCH)

    def _standardised(self, X: Any, y: Any, sample_weight: Any, *, anew: bool, **more: Any) -> Self:
        """Train on y in units in which its mean is 0 and its deviation 1."""
        X, y, weight = self._checked(X, y, sample_weight, reset=anew)
        if anew:
            self._measure(y, weight)
        return self._trained(X, (y - self._centre) / self._scale, weight, anew=anew, **more)

    def _measure(self, y: Any, weight: Any) -> None:
        """Remember what y is standardised by, and how many columns it has."""
        with np.errstate(over="ignore", invalid="ignore"):
            self._centre = np.average(y, axis=0, weights=weight)
            largest = np.max(np.abs(y - self._centre), axis=0)
            size = np.where(largest > 0, largest, 1.0)  # without it the squares of small or large numbers are 0 or inf
            deviation = size * np.sqrt(np.average(((y - self._centre) / size) ** 2, axis=0, weights=weight))
        if not np.all(np.isfinite(deviation)):
            raise ValueError("Regressor: the numbers in y are too large to be standardised")
        self._scale = np.where(deviation > 0, deviation, 1.0)
        self._columns = None if y.ndim == 1 else y.shape[1]

    def predict(self, X: Any) -> np.ndarray:
        """The expected y of each sample, (N,) or (N, K) as it was in training."""
        given = self._given(X)
        found: np.ndarray = self._centre + self._scale * (given[:, 0] if self._columns is None else given)
        return found

    def _checked(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> tuple[Any, Any, Any]:
        X, y = validate_data(self, X, y, reset=reset, dtype=np.float64, multi_output=True, y_numeric=True)
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        return X, y.astype(float), None if sample_weight is None else _check_sample_weight(sample_weight, X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _ending(self) -> tuple[int, str, str]:
        return 1 if self._columns is None else self._columns, "linear", "mse_loss"
