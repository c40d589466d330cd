"""`train DATA`: a network trained by `fit` on a data set or a CSV file, tried on samples kept back, and written out."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np

from ... import datasets, nn, optim
from ...datasets.dataset import Dataset, Scale, Split
from ...errors import InputError, TrainingError
from ...nn.activations import ACTIVATIONS
from ...training import metrics
from ...training.animation import Film
from ...training.confusion import counts
from ...training.fit import fit
from ...training.history import History
from ...training.pictures import pictures
from ...training.predictor import Predictor
from ..run_folder import METRICS, MODEL, RunFolder
from ..style import above_zero, at_least_one, from_zero, not_below_zero

EXAMPLES = """
  tinygrad-edu train breast_cancer
  tinygrad-edu train moons --out moons --animate
  tinygrad-edu train houses.csv --target price --hidden 32,32 --out houses
  tinygrad-edu train digits --activation relu --optimizer SGD --lr 0.1 --epochs 50

A CSV file has a row for each sample; the target is the column that is named, or the last. Texts in it are
classes, and so are few different whole numbers; --loss mse_loss has them measured, --loss cross_entropy classes.
A quarter of the samples is kept for the test. Features are standardised, and so is a measured target.

--out DIR: model.safetensors for `tinygrad-edu predict DIR FILE.csv`, metrics.json, loss.png, and of classes
boundary.png and confusion.png, of a measured target predicted.png (and function.png of one or two features);
with --animate learning.gif. All are written together; Ctrl-C ends training, and what was reached is written.

Exit code 0: trained; 1: training failed: the loss became NaN, infinite, or far larger than that of a guess;
2: the input could not be read; 130: Ctrl-C.
"""
SETS = tuple(name for name in datasets.__all__ if name.islower() and not name.startswith("read_"))
OPTIMIZERS = {"Adam": 0.02, "AdamW": 0.02, "SGD": 0.1}  # each with the lr that does well on the data sets here
_OUTPUTS = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid", "mse_loss": "linear"}
_VALIDATION, _PATIENCE = 0.2, 30
_ENOUGH = 40  # samples from which on some of them can say when to stop
_WORSE = 10.0  # times the loss of a guess: the network has diverged
_FAR = 100.0  # deviations from the mean, at which a number is likely a slip


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add DATA, the settings, and where to write."""
    parser.add_argument("data", metavar="DATA", help=f"a CSV file, or one of {', '.join(SETS)}")
    parser.add_argument(
        "--target", metavar="NAME", help="the column of the CSV file that is to be predicted (the last)"
    )
    parser.add_argument(
        "--hidden",
        type=sizes,
        default=(16, 16),
        metavar="16,16",
        help='the sizes of the hidden layers (16,16); "none": no such layer',
    )
    parser.add_argument("--activation", choices=[a for a in ACTIVATIONS if a != "softmax"], default="tanh")
    parser.add_argument("--loss", choices=_OUTPUTS, help="the one that goes with the target if it is not said")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="Adam")
    parser.add_argument(
        "--epochs", type=at_least_one, default=200, help="at most so many; fewer once nothing improves (200)"
    )
    parser.add_argument("--batch", type=at_least_one, default=32, help="samples in a step (32)")
    parser.add_argument("--lr", type=above_zero, help="the learning rate (Adam and AdamW 0.02, SGD 0.1)")
    parser.add_argument("--l2", type=not_below_zero, default=1e-4, help="what large weights cost (0.0001)")
    parser.add_argument("--seed", type=from_zero, default=0, help="of weights, order and test samples (0)")
    parser.add_argument("--out", metavar="DIR", help="a folder for the model, its metrics and pictures")
    parser.add_argument("--animate", action="store_true", help="with --out: a GIF of what is being learnt")


def run(options: argparse.Namespace) -> int:
    """Train, say how good the network is on the test samples, and write it out."""
    if options.animate and options.out is None:
        raise InputError("--animate needs --out DIR, the folder that the GIF is written to")
    if options.out is not None:
        _check_installed()
    data = _data(options)
    loss = _loss(data, options.loss)
    folder = RunFolder(options.out) if options.out is not None else None
    try:
        return _trained(data, loss, options, folder)
    except BaseException as error:
        if folder is not None:
            folder.drop()
            if isinstance(error, BrokenPipeError):
                raise InputError(
                    f"what read the output has ended, and training with it; {options.out} is not written"
                ) from None
        raise


def _trained(data: Dataset, loss: str, options: argparse.Namespace, folder: RunFolder | None) -> int:
    split = _split(data, options.seed)
    features = Scale.of(split.X_train)
    target = None if data.classes else Scale.of(split.y_train)
    _look(data, features, target)
    outputs = len(data.classes) if loss == "cross_entropy" else 1
    model = nn.MLP([len(data.features), *options.hidden, outputs], options.activation, _OUTPUTS[loss], rng=options.seed)
    lr = OPTIMIZERS[options.optimizer] if options.lr is None else options.lr
    optimizer = getattr(optim, options.optimizer)(model, lr=lr)
    film = Film(model) if options.animate else None
    stops = len(split.y_train) >= _ENOUGH
    print(f"{data!r}")
    print(f"{len(split.y_train):,} samples to train on, {len(split.y_test):,} kept for the test")
    print(model)
    with warnings.catch_warnings():
        # fit gets standardised features
        warnings.filterwarnings("ignore", message="fit: the features are not standardised")
        history = fit(
            model,
            features.standardised(split.X_train),
            split.y_train if target is None else target.standardised(split.y_train),
            loss,
            optimizer,
            epochs=options.epochs,
            batch_size=options.batch,
            validation=_VALIDATION if stops else None,
            l2=options.l2,
            early_stopping=_PATIENCE if stops else None,
            callbacks=[*([film] if film else []), *([] if _bar() else [_tenths(options.epochs)])],
            seed=options.seed,
        )
    model.eval()
    predictor = Predictor.of(model, data, features, target)
    return _finished(predictor, data, split, history, options, folder, optimizer, film)


def _finished(
    predictor: Predictor,
    data: Dataset,
    split: Split,
    history: History,
    options: argparse.Namespace,
    folder: RunFolder | None,
    optimizer: Any,
    film: Film | None,
) -> int:
    """Say what was reached, and write it."""
    code = 130 if history.stopped == "interrupted" else 0
    if not history.loss:
        print("interrupted before the first epoch was done; nothing is written", file=sys.stderr)
        if folder is not None:
            folder.drop()
        return code
    _check_learnt(predictor, history, optimizer.lr)
    best = f"; the weights are those of epoch {history.best}" if history.best else ""
    print(f"{len(history)} epoch{'s' * (len(history) > 1)}, {history.stopped}{best}")
    measured = _measured(predictor, split)
    quality = _quality(data, measured, split)
    print(quality)
    if folder is None:
        return code
    told = {
        "data": options.data,
        "target": data.target,
        "features": data.features,
        "classes": data.classes,
        "samples": {"training": len(split.y_train), "test": len(split.y_test)},
        "settings": {name: value for name, value in vars(options).items() if name not in ("data", "out", "animate")}
        | {"lr": optimizer.lr, "target": data.target},
        "test": measured,
        "history": history.state(),
    }
    folder.write(
        {
            MODEL: predictor.packed(folder.file(MODEL), optimizer, history=history.state()),
            METRICS: (json.dumps(_finite(told), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode(),
            **pictures(predictor, data, split, history, quality, film),
        }
    )
    print(f"wrote {options.out}; tinygrad-edu predict {options.out} FILE.csv predicts with it")
    return code


# ── what is asked for ──


def sizes(text: str) -> tuple[int, ...]:
    """`16,16` as the sizes of hidden layers; "none" as no layer."""
    if text == "none":
        return ()
    try:
        return tuple(map(at_least_one, text.split(",")))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of sizes such as 16,16, each of at least 1") from None


def _data(options: argparse.Namespace) -> Dataset:
    """The data set of that name, or the table in that file."""
    name = options.data
    if name in SETS:
        if options.target is not None:
            raise InputError(f"--target is for CSV files; {name} is a data set with a target of its own")
        found: Dataset = getattr(datasets, name)()
        return found
    if not os.path.exists(name) and not name.lower().endswith(".csv"):
        raise InputError(f"there is no file and no data set {name!r}; data sets are {', '.join(SETS)}")
    classes = None if options.loss is None else options.loss != "mse_loss"
    return datasets.read_csv(name, options.target, classes)


def _loss(data: Dataset, given: str | None) -> str:
    """The loss that goes with the target, or the one that was asked for."""
    suited = "mse_loss" if not data.classes else "binary_cross_entropy" if len(data.classes) == 2 else "cross_entropy"
    if given is None:
        return suited
    if (given == "mse_loss") != (suited == "mse_loss"):
        what = f"has the classes {', '.join(data.classes[:3])}" if data.classes else "is measured"
        raise InputError(f"--loss {given}: the target {data.target} of {data.name} {what}; {suited} goes with it")
    if given == "binary_cross_entropy" and len(data.classes) > 2:
        raise InputError(f"--loss {given} is for two classes; {data.target} has {len(data.classes)}: cross_entropy")
    return given


def _split(data: Dataset, seed: int) -> Split:
    try:
        return data.split(seed=seed)
    except ValueError:
        raise InputError(f"{data.name}: {len(data)} samples are too few to keep some of them for a test") from None


def _look(data: Dataset, features: Scale, target: Scale | None) -> None:
    """Refuse numbers that have no finite deviation; say which are likely slips."""
    deviations = np.append(features.deviation, 1.0 if target is None else target.deviation)
    if not np.isfinite(deviations).all():
        name = [*data.features, data.target][int(np.argmin(np.isfinite(deviations)))]
        raise InputError(f"{data.name}: the numbers in column {name} are too large to be standardised")
    farthest = np.abs(features.standardised(data.X)).max(axis=0)
    if farthest[worst := int(farthest.argmax())] > _FAR:
        warnings.warn(
            f"{data.name}: a number in column {data.features[worst]} is {farthest[worst]:.0f} deviations from the "
            "mean; is it a slip?",
            stacklevel=2,
        )


def _check_installed() -> None:
    for package in ("matplotlib", "safetensors"):
        if find_spec(package) is None:
            raise InputError(f'--out needs {package}: pip install "tinygrad_edu[train,save]"')


# ── progress ──


def _bar() -> bool:
    """Whether `fit` shows a bar."""
    return sys.stderr.isatty() and find_spec("tqdm") is not None


def _tenths(epochs: int) -> Any:
    """A callback that prints a line at each tenth of the epochs."""
    wanted = {math.ceil(epochs * i / 10) for i in range(1, 11)}

    def tell(history: History) -> None:
        if len(history) in wanted:
            print(f"epoch {len(history)}/{epochs}: {history.line(len(history))}", flush=True)

    return tell


# ── what came of it ──


def _check_learnt(predictor: Predictor, history: History, lr: float) -> None:
    """Raise TrainingError if the numbers are finite, but far worse than those of a network that answers nothing."""
    loss = (history.validation or history.loss)[(history.best or len(history)) - 1]
    guess = math.log(len(predictor.classes)) if predictor.target is None else 1.0
    if loss > _WORSE * guess:
        raise TrainingError(
            f"training failed: the loss is {loss:.3g}, where one answer for all has {guess:.3g}; a smaller --lr than "
            f"{lr:g} helps"
        )


def _measured(predictor: Predictor, split: Split) -> dict[str, Any]:
    """How good the predictions of the test samples are, and how good those of one answer for all would be."""
    given = predictor(split.X_test)
    if predictor.target is None:
        common = np.bincount(split.y_train, minlength=len(predictor.classes)).argmax()
        return {
            "accuracy": metrics.accuracy(split.y_test, given),
            "accuracy of the commonest class": float(np.mean(split.y_test == common)),
            "confusion": counts(split.y_test, given.argmax(axis=1), len(predictor.classes)).tolist(),
        }
    return {
        "r2": metrics.r2(split.y_test, given),
        "root mean squared error": _error(split.y_test, given),
        "root mean squared error of the mean": _error(split.y_test, split.y_train.mean()),
    }


def _error(y: np.ndarray, given: Any) -> float:
    return float(np.sqrt(np.mean((y - given) ** 2)))


def _quality(data: Dataset, measured: dict[str, Any], split: Split) -> str:
    """The same in words; a warning if nothing was learnt."""
    n = f"{len(split.y_test):,} test sample{'s' * (len(split.y_test) != 1)}"
    if data.classes:
        value, base = measured["accuracy"], measured["accuracy of the commonest class"]
        said, learnt = f"accuracy {value:.3f} on {n} (the commonest class alone: {base:.3f})", value > base
    else:
        value, base = measured["root mean squared error"], measured["root mean squared error of the mean"]
        said = f"R² {measured['r2']:.3f} on {n}; root mean squared error {value:.4g}, that of the mean alone {base:.4g}"
        learnt = value < base
    if not learnt:
        warnings.warn(
            "the network is no better than one answer for all; a smaller --lr or other features?", stacklevel=2
        )
    return said


def _finite(value: Any) -> Any:
    """The same with None in the place of numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
