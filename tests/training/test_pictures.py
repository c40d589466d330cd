"""The pictures of a run: what they show is what the network answers, and no name breaks them."""

import io

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from matplotlib.colors import to_rgb

from tinygrad_edu import datasets, nn
from tinygrad_edu.datasets.dataset import Scale
from tinygrad_edu.training import boundary, canvas, confusion
from tinygrad_edu.training.animation import Film
from tinygrad_edu.training.boundary import Boundary
from tinygrad_edu.training.history import History
from tinygrad_edu.training.plane import Plane
from tinygrad_edu.training.predictor import Predictor
from tinygrad_edu.training.regression import Fitted


def texts(figure):
    """All that is written in a figure."""
    from matplotlib.text import Text

    return [each.get_text() for each in figure.findobj(Text) if each.get_text()]


def halves(X):
    """Class 1 where the first feature is above 2, and sure of it from 3 on."""
    p = np.clip((X[:, 0] - 1) / 2, 0, 1)
    return np.column_stack([1 - p, p])


X = np.random.default_rng(0).uniform(0, 4, (60, 2))
Y = (X[:, 0] > 2).astype(int)
TEST = np.arange(60) % 4 == 0


def test_the_plane_of_two_features_is_theirs():
    plane = Plane.of(X, ("x_1", "height"), Scale.of(X))
    np.testing.assert_array_equal(plane.points(X), X)
    np.testing.assert_array_equal(plane.features(X), X)
    assert plane.names == ("$x_{1}$", "height") and plane.share == 1


def test_a_projection_is_the_plane_in_which_samples_differ_most():
    rng = np.random.default_rng(1)
    hidden = rng.normal(size=(400, 2)) * [3, 2]
    wide = hidden @ rng.normal(size=(2, 6)) * 50 + rng.normal(size=(400, 6)) * 1e-3 + np.arange(6) * 100
    scale = Scale.of(wide)
    plane = Plane.of(wide, tuple("abcdef"), scale)
    assert plane.share == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(plane.features(plane.points(wide)), wide, atol=0.1)  # they lie in a plane but for 1e-3
    some = rng.normal(size=(9, 2))
    np.testing.assert_allclose(plane.points(plane.features(some)), some, atol=1e-9)
    variances = plane.points(wide).var(axis=0)
    assert variances[0] > variances[1] and variances.sum() == pytest.approx(6, rel=1e-4)


def test_areas_have_the_colour_of_the_likeliest_class_and_borders_where_it_changes():
    given = halves(np.column_stack([np.linspace(0, 4, 9), np.zeros(9)])).reshape(1, 9, 2)
    tinted, (border,) = boundary._tinted(given)[0], boundary._borders(given)
    np.testing.assert_allclose(border[0], np.clip(np.linspace(-2, 2, 9), -1, 1))
    for kind, point in ((0, tinted[0]), (1, tinted[-1])):
        np.testing.assert_allclose(point, 1 - boundary._TINT * (1 - np.array(to_rgb(canvas.colour(kind)))))
    assert tinted[4].min() > tinted[0].min()  # paler where it is not sure
    three = np.array([[[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]]])
    assert [np.sign(line).tolist() for line in boundary._borders(three)] == [[[1, -1]], [[-1, 1]]]


def test_what_is_written_on_a_boundary():
    figure = Boundary(X, Y, TEST, ("height", "x_2"), ("no", "yes"), "ill", Scale.of(X)).draw(halves, "people: good")
    said = texts(figure)
    assert {"height", "$x_{2}$", "no", "yes", "ill"} <= set(said)
    assert any("people: good\narea: the likeliest class" in each and "black edge" in each for each in said)
    wide = np.column_stack([X, X[:, 0] ** 2])
    figure = Boundary(wide, Y, TEST, tuple("abc"), ("no", "yes"), "ill", Scale.of(wide)).draw(halves, "people")
    assert any("A projection: 3 features onto the plane" in each for each in texts(figure))
    figure = Boundary(X[:, :1], Y, TEST, ("size",), ("no", "yes"), "ill", Scale.of(X[:, :1])).draw(halves, "people")
    assert {"size", "probability"} <= set(texts(figure))


def test_names_and_many_classes_break_nothing(monkeypatch):
    monkeypatch.setattr(boundary, "_GRID", 40)
    kinds = np.arange(60) % 30
    names = tuple(f"_{i} $ of {'x' * i}^2" for i in range(30))
    figure = Boundary(X, kinds, TEST, ("cost $", "_b\nc"), names, "$", Scale.of(X)).draw(
        lambda X: np.abs(np.sin(X @ np.arange(60).reshape(2, 30))), "100 $ and 200 $"
    )
    assert canvas.png(figure).startswith(b"\x89PNG") and "and 10 more" in texts(figure)
    shown = figure.axes[0].get_legend().get_window_extent()
    assert shown.y0 >= 0 and shown.x1 <= figure.bbox.x1, "the legend is cut off"
    found = confusion.counts(kinds, kinds[::-1], 30)
    assert found.sum() == 60 and found[kinds[0], kinds[-1]] >= 1
    assert canvas.png(confusion.drawn(found, names, "$", "title $")).startswith(b"\x89PNG")
    assert len({(canvas.colour(kind), canvas.marker(kind)) for kind in range(56)}) == 56


def test_titles_end_within_the_figure():
    figure = confusion.drawn(np.eye(2, dtype=int), ("a", "b"), "y", "W" * 10 + " a title of many words" * 9)
    canvas.png(figure)
    assert figure._suptitle.get_window_extent().x1 <= figure.bbox.x1


def test_a_large_table_is_shown_in_part_and_says_so():
    many = np.random.default_rng(0).normal(size=(5000, 1))
    fitted = Fitted(many, many[:, 0], np.arange(5000) < 100, many[:, 0], ("x",), "y")
    figure = fitted.beside(lambda X: X[:, 0], "line")
    assert any("1,000 of 5,000 samples are shown" in each for each in texts(figure))
    assert {"y, measured", "y, predicted", "kept for the test"} <= set(texts(figure))
    assert {"x", "y", "the network"} <= set(texts(fitted.function(lambda X: X[:, 0], "line")))


def test_a_film_has_most_frames_of_the_beginning_and_leaves_the_model():
    from PIL import Image

    model = nn.Linear(1, 1, rng=0)
    film, history = Film(model), History()
    for epoch in range(1, 301):
        history.loss.append(0.0)
        model.weight.data[:] = epoch
        film(history)
    epochs = [epoch for epoch, _ in film.frames]
    assert epochs[:14] == [*range(12), 13, 15] and len(epochs) < 50 and epochs[-1] > 270
    assert film.frames[12][1]["weight"][0, 0] == 13
    model.weight.data[:] = 7.0
    drawn = []

    def draw(when):
        drawn.append((when, model.weight.data[0, 0]))
        return canvas.figure(1, 1)

    raw = film.gif(draw, last=18)
    assert drawn[-3:] == [("epoch 15", 15), ("epoch 17", 17), ("epoch 18", 7)] and drawn[0][0] == "before training"
    assert model.weight.data[0, 0] == 7

    def stop(when):
        if when == "epoch 8":
            raise KeyboardInterrupt
        return canvas.figure(1, 1)

    with pytest.raises(KeyboardInterrupt):
        film.gif(stop, last=20)
    assert model.weight.data[0, 0] == 7
    with Image.open(io.BytesIO(raw)) as moving:  # frames that are alike are one
        assert moving.format == "GIF"


def test_a_predictor_puts_units_back():
    data = datasets.sine(50)
    features, target = Scale.of(data.X), Scale.of(data.y)
    model = nn.MLP([1, 3, 1], rng=0)
    predictor = Predictor.of(model, data, features, target)
    expected = target.centre + target.deviation * model((data.X - features.centre) / features.deviation).data[:, 0]
    np.testing.assert_allclose(predictor(data.X), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="not finite for these features"):
        Predictor.of(nn.MLP([1, 1], rng=0), data, features, target)(np.array([[np.inf]]))
