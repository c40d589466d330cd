"""`Classifier` and `Regressor` do what scikit-learn asks of an estimator, and learn."""

import pickle

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import datasets

sklearn = pytest.importorskip("sklearn")
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

QUICK = {"hidden": (16,), "epochs": 60}


@parametrize_with_checks([tg.Classifier(hidden=(16,)), tg.Regressor(hidden=(16,))])
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_labels_are_whatever_they_are_called():
    X, y = datasets.iris()
    named = np.array(["setosa", "versicolor", "virginica"])[y]
    model = tg.Classifier(**QUICK, random_state=0).fit(X, named)
    assert list(model.classes_) == ["setosa", "versicolor", "virginica"]
    assert np.mean(model.predict(X) == named) > 0.95
    given = model.predict_proba(X)
    np.testing.assert_allclose(given.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), given, rtol=1e-12)
    np.testing.assert_allclose(given, model.model_(X).data)
    assert len(model.loss_curve_) == model.n_iter_ == len(model.history_) <= 60
    two = tg.Classifier(**QUICK, random_state=0).fit(X[:100], named[:100])
    assert two.predict_proba(X[:2]).shape == (2, 2) and two.predict(X[0:1]) == ["setosa"]


def test_the_same_seed_gives_the_same_network_and_another_gives_another():
    X, y = datasets.moons()
    one, same, other = (tg.Classifier(**QUICK, random_state=seed).fit(X, y) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.predict_proba(X), same.predict_proba(X))
    assert one.loss_curve_ == same.loss_curve_ != other.loss_curve_
    copied = pickle.loads(pickle.dumps(one))
    np.testing.assert_array_equal(copied.predict_proba(X), one.predict_proba(X))
    np.testing.assert_array_equal(  # its optimiser still moves its network
        copied.partial_fit(X, y).predict_proba(X), one.partial_fit(X, y).predict_proba(X)
    )


def test_going_on_from_the_weights_that_are_there():
    X, y = datasets.moons()
    model = tg.Classifier(hidden=(8,), epochs=5, warm_start=True, random_state=0).fit(X, y)
    first = list(model.loss_curve_)
    model.fit(X, y)
    assert model.loss_curve_[:5] == first and len(model.loss_curve_) == 10 and model.loss_curve_[5] < first[0]
    with pytest.raises(ValueError, match="warm_start goes on with the same classes"):
        model.fit(X, y + 1)
    part = tg.Classifier(hidden=(8,), random_state=0)
    with pytest.raises(ValueError, match="the first call of partial_fit needs all classes"):
        part.partial_fit(X[:50], y[:50])
    for _ in range(30):
        part.partial_fit(X[:100], y[:100], classes=[0, 1])
    assert part.n_iter_ == 30 and part.score(X, y) > 0.8
    with pytest.raises(ValueError, match="a label 2 is none of the classes"):
        part.partial_fit(X, y + 1)


@pytest.mark.parametrize("again", ["fit", "partial_fit"])
def test_what_is_set_anew_counts_where_training_goes_on_or_is_refused(again):
    X, y = datasets.moons(100, seed=0)
    model = tg.Classifier(hidden=(8,), epochs=5, warm_start=True, random_state=0).fit(X, y)
    probabilities = model.predict_proba(X)
    for name, value in {"hidden": (3,), "activation": "tanh"}.items():
        was = model.get_params()[name]
        with pytest.raises(ValueError, match=f"Classifier: training goes on with the network .* whose {name} is"):
            getattr(model.set_params(**{name: value}), again)(X, y)
        model.set_params(**{name: was})
    with pytest.raises(ValueError, match="X has 3 features, but Classifier is expecting 2"):
        getattr(model, again)(np.column_stack([X, y]), y)
    with pytest.raises(ValueError, match="lr=0; a learning rate is above 0"):
        getattr(model.set_params(lr=0), again)(X, y)
    assert np.array_equal(model.predict_proba(X), probabilities)
    getattr(model.set_params(lr=0.5, hidden=[8]), again)(X, y)
    assert model.optimizer_.lr == 0.5


def test_weights_of_samples_and_of_classes():
    X, y = datasets.blobs(200, centers=2, spread=4.0, seed=2)
    few = np.flatnonzero((y == 0) | (np.arange(200) % 10 == 0))
    plain = tg.Classifier(**QUICK, random_state=0).fit(X[few], y[few])
    even = tg.Classifier(**QUICK, class_weight="balanced", random_state=0).fit(X[few], y[few])
    assert even.predict(X).mean() > plain.predict(X).mean()
    heavy = tg.Classifier(**QUICK, random_state=0).fit(X[few], y[few], sample_weight=np.where(y[few] == 1, 20.0, 1.0))
    assert heavy.predict(X).mean() > even.predict(X).mean()


def test_a_regressor_gives_numbers_in_the_units_of_y():
    data = datasets.sine(150, noise=0.05)
    model = tg.Regressor(random_state=0).fit(data.X, 1000 + 50 * data.y)
    assert model.score(data.X, 1000 + 50 * data.y) > 0.95
    both = np.column_stack([data.y, 3 - data.y])
    assert tg.Regressor(**QUICK, random_state=0).fit(data.X, both).predict(data.X[:4]).shape == (4, 2)
    part = tg.Regressor(hidden=(16,), random_state=0)
    for _ in range(60):
        part.partial_fit(data.X, data.y)
    assert part.n_iter_ == 60 and part.score(data.X, data.y) > 0.5


def test_in_a_pipeline_in_a_grid_search_and_in_two_processes():
    X, y = datasets.wine()
    pipeline = make_pipeline(StandardScaler(), tg.Classifier(hidden=(8,), epochs=40, random_state=0))
    grid = GridSearchCV(pipeline, {"classifier__l2": [1e-3, 10.0]}, cv=3).fit(X, y)
    assert grid.best_params_ == {"classifier__l2": 1e-3} and grid.best_score_ > 0.9
    assert cross_val_score(pipeline, X, y, cv=2, n_jobs=2).min() > 0.9


def test_what_y_is_measured_in_makes_no_difference():
    X, _ = datasets.moons()
    y = X[:, 0] + 3.0
    plain = tg.Regressor(hidden=(8,), epochs=5, random_state=0).fit(X, y).predict(X)
    for unit in (1e-250, 1e250):
        np.testing.assert_allclose(
            tg.Regressor(hidden=(8,), epochs=5, random_state=0).fit(X, unit * y).predict(X) / unit, plain, rtol=1e-6
        )
    with pytest.raises(ValueError, match="the numbers in y are too large to be standardised"):
        tg.Regressor(epochs=5).fit(X, np.where(y > 3.0, 1.7e308, 1.6e308))


def test_what_cannot_be_used_is_refused():
    X, y = datasets.moons()
    with pytest.raises(ValueError, match="the labels hold one class, 0"):
        tg.Classifier().fit(X, np.zeros(len(X), int))
    with pytest.raises(ValueError, match="activation is one of"):
        tg.Classifier(activation="step").fit(X, y)
    with pytest.raises(
        TypeError, match=r"Classifier: hidden is the sizes of the hidden layers, such as \(64,\), not 16"
    ):
        tg.Classifier(hidden=16).fit(X, y)
    with pytest.raises(ValueError, match="epochs=0"):
        tg.Regressor(epochs=0).fit(X, y)
