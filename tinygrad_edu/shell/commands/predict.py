"""`predict DIR FILE.csv`: what a network that `train --out DIR` wrote predicts for the rows of a file."""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys

import numpy as np

from ... import datasets
from ...errors import InputError
from ...training import storage
from ...training.predictor import Predictor
from ..run_folder import predictor_in

EXAMPLES = """
  tinygrad-edu predict houses new.csv
  tinygrad-edu predict moons points.csv -o answers.csv

A row is written for each row of the file: the predicted value, and of classes the probability of each. Columns
are found by their names, in any order; others are passed over, the target among them.

Exit code 0: predicted; 2: the folder or the file could not be read.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add DIR, FILE and where to write."""
    parser.add_argument("run", metavar="DIR", help="the folder that tinygrad-edu train DATA --out DIR wrote")
    parser.add_argument("file", metavar="FILE.csv", help="the samples, with the columns that were trained on")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to; else it is printed")


def run(options: argparse.Namespace) -> int:
    """Print the predictions as CSV, or write them."""
    if os.path.isfile(options.run) and os.path.isdir(options.file):
        raise InputError(f"the folder comes first: tinygrad-edu predict {options.file} {options.run}")
    predictor = predictor_in(options.run)
    X = datasets.read_features(options.file, predictor.columns)
    text = _table(predictor, predictor(X))
    if options.output is None:
        sys.stdout.write(text)
        return 0
    if os.path.exists(options.output) and os.path.samefile(options.output, options.file):
        raise InputError(f"-o {options.output} would replace the samples")
    storage.put({options.output: text.encode()})
    print(f"wrote {options.output}: {len(X):,} prediction{'s' * (len(X) != 1)}")
    return 0


def _table(predictor: Predictor, given: np.ndarray) -> str:
    """The predictions as the text of a CSV file."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([predictor.target_name, *(f"p({name})" for name in predictor.classes)])
    if predictor.classes:
        for probabilities in given:
            answer = predictor.classes[int(probabilities.argmax())]
            rows.writerow([answer, *(f"{p:.6g}" for p in probabilities)])
    else:
        rows.writerows([f"{value:.10g}"] for value in given)
    return text.getvalue()
