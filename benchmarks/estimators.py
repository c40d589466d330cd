"""How well the estimators learn with their defaults, beside scikit-learn's: accuracy by cross-validation.

    python benchmarks/estimators.py [--seeds 3] [--chosen-on]

The features are standardised before both. Of each data set five folds, stratified and shuffled; the mean of so many
seeds, which draw the folds, the initial weights and the order of the samples. Both stand at their defaults.

--chosen-on: the data sets on which the defaults were chosen, instead of those that the table is of.

Prints a Markdown table; the times are the processor's, of fitting and scoring.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import warnings
from time import process_time
from typing import Any

import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tinygrad_edu as tg
from tinygrad_edu import datasets


def reported() -> dict[str, Any]:
    """The data sets of the table."""
    return {
        "breast cancer": datasets.breast_cancer(),
        "digits": datasets.digits(),
        "wine": datasets.wine(),
        "iris": datasets.iris(),
        "moons (400, noise 0.3)": datasets.moons(400, noise=0.3, seed=0),
        "spirals (400, noise 0.3)": datasets.spirals(400, noise=0.3, seed=0),
    }


def chosen_on() -> dict[str, Any]:
    """The data sets on which the defaults were chosen."""
    found: dict[str, Any] = {
        "circles": datasets.circles(300, noise=0.15, seed=5),
        "checkerboard": datasets.checkerboard(400, seed=5),
        "blobs": datasets.blobs(300, centers=5, spread=1.5, seed=5),
        "other moons": datasets.moons(300, noise=0.25, seed=7),
        "three spirals": datasets.spirals(300, noise=0.2, arms=3, seed=7),
    }
    for seed, (n, features, informative, classes) in enumerate([(500, 20, 6, 2), (500, 30, 10, 4), (300, 10, 4, 3)]):
        found[f"drawn, {features} features, {classes} classes"] = make_classification(
            n, features, n_informative=informative, n_classes=classes, flip_y=0.05, random_state=seed
        )
    return found


def score(make: Any, X: Any, y: Any, seeds: int) -> tuple[float, float]:
    """Mean accuracy and the seconds that it took."""
    start, found = process_time(), []
    for seed in range(seeds):
        folds = StratifiedKFold(5, shuffle=True, random_state=seed)
        found.append(cross_val_score(make_pipeline(StandardScaler(), make(random_state=seed)), X, y, cv=folds).mean())
    return float(np.mean(found)), process_time() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--chosen-on", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # scikit-learn's, where it does not converge in its 200 epochs
    print("| | `tg.Classifier` | scikit-learn's `MLPClassifier` | seconds | its seconds |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, (X, y) in (chosen_on() if options.chosen_on else reported()).items():
        ours, seconds = score(tg.Classifier, X, y, options.seeds)
        theirs, its = score(MLPClassifier, X, y, options.seeds)
        print(f"| {name} | {ours:.3f} | {theirs:.3f} | {seconds:.1f} | {its:.1f} |", flush=True)


if __name__ == "__main__":
    main()
