"""From a CSV file, as a spreadsheet in Europe writes it, to predictions for rows that nobody has seen.

Run it:  python examples/csv_to_prediction.py [folder for the table and the checkpoint]
Data: 800 flats, made up here by a rule that is known, so that the best possible accuracy is known, too.
"""

import csv
import sys
import tempfile
from pathlib import Path

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import datasets, losses, nn, training

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())

# ── a table: semicolons, decimal commas, a byte order mark, texts in quotation marks, an empty line in its middle ──
rng = np.random.default_rng(0)
N = 800
size = rng.uniform(25, 120, N).round(1)
floor = rng.integers(0, 7, N)
lift = rng.random(N) < 0.4
district = rng.choice(["Altstadt; West", "Hafen", "Neustadt"], N, p=[0.25, 0.35, 0.4])
fair = 180 + 8 * size + np.where(district == "Hafen", -0.15, 0.1) * 8 * size - np.where(lift, 0, 25 * floor)
rent = (fair * rng.normal(1, 0.2, N)).round(2)
certain = 1 / (1 + np.exp(12 * (rent / fair - 1)))  # the probability that somebody takes it within a month
let = np.where(rng.random(N) < certain, "yes", "no")


def german(number):
    """A number as a German spreadsheet writes it."""
    return str(number).replace(".", ",")


path = folder / "flats.csv"
with path.open("w", encoding="utf-8-sig", newline="") as file:
    writer = csv.writer(file, delimiter=";")
    writer.writerow(["Size (m²)", "Floor", "Lift", "District", "Rent (€)", "Let"])
    for i in range(N):
        writer.writerow([german(size[i]), floor[i], "yes" if lift[i] else "no", district[i], german(rent[i]), let[i]])
        if i == N // 2:
            file.write("\r\n")
print(f"{path.name} begins:")
for line in path.read_text(encoding="utf-8-sig").splitlines()[:3]:
    print(f"  {line}")

# ── read and split; the mean and the deviation are those of the samples to train on ──
data = datasets.read_csv(path, target="Let")
print(f"\n{data}")
split = data.split(test=0.25, seed=0)
mean, deviation = split.X_train.mean(axis=0), split.X_train.std(axis=0)
X, X_test = ((part - mean) / deviation for part in (split.X_train, split.X_test))

# ── train: a fifth of the samples says when to stop ──
model = nn.MLP([X.shape[1], 16, 1], activation="tanh", output="sigmoid", rng=0)
history = tg.fit(
    model, X, split.y_train, epochs=300, validation=0.2, early_stopping=20, l2=1e-3, clip_norm=1.0, schedule="cosine"
)
print(f"\n{len(history)} epochs ({history.stopped}); the weights are those of epoch {history.best}")
print(f"  {history.line(history.best)}")
advice = tg.diagnose(losses.binary_cross_entropy_with_logits(model.logits(X)[:, 0], split.y_train)).advice
print(f"  diagnose: {' '.join(advice) or 'nothing is off'}")

found = training.metrics.accuracy(split.y_test, model(X_test).data)
common = np.mean(split.y_test == np.bincount(split.y_train).argmax())
possible = np.mean(np.maximum(certain, 1 - certain))
print(f"\ntest accuracy {found:.3f}; {common:.3f} for always saying what is most frequent, and")
print(f"about {possible:.3f} for who knows the rule that made the table: the rest is chance")

# ── keep it: the network, and what a new row has to go through first ──
kept = folder / "flats.safetensors"
tg.save(kept, model, mean=mean, deviation=deviation, features=list(data.features), classes=list(data.classes))
print(f"\n{kept.name}: {kept.stat().st_size:,} bytes")

# ── later, in another program: load, and predict ──
checkpoint = tg.load(kept)
again, settings = checkpoint.model, checkpoint.settings
print(checkpoint)


def predicted(row):
    """The probability of each class, of a row that is a dict from the columns' names to what stands there."""
    numbers = []
    for name in settings["features"]:  # "Rent (€)", or "District=Hafen": 1 where that is the text, else 0
        column, _, text = name.partition("=")
        numbers.append(float(row[column] == text) if text else float(row[column]))
    p = again((np.array([numbers]) - settings["mean"]) / settings["deviation"]).item()
    return dict(zip(settings["classes"], (1 - p, p), strict=True))


print("\nthe same flat, dearer and dearer:")
flat = {"Size (m²)": 60, "Floor": 4, "Lift": "no", "District": "Neustadt"}
fair_rent = 180 + 8 * 60 + 0.1 * 8 * 60 - 25 * 4
for asked in (450, 550, 650, 750):
    p = predicted(flat | {"Rent (€)": asked})["yes"]
    truth = 1 / (1 + np.exp(12 * (asked / fair_rent - 1)))
    print(f"  {asked} €: let within a month with probability {p:.2f}, by the rule {truth:.2f}")
p, with_lift = (predicted(flat | {"Rent (€)": 650, "Lift": lift})["yes"] for lift in ("no", "yes"))
print(f"  650 € with a lift: {with_lift:.2f} in place of {p:.2f}")
