"""The features of another file: by their names, encoded as they were, and everything else refused."""

import numpy as np
import pytest

from tinygrad_edu import datasets
from tinygrad_edu.datasets.dataset import Scale


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def reading(train, other, **settings):
        (tmp_path / "train.csv").write_text(train, encoding="utf-8")
        (tmp_path / "new.csv").write_text(other, encoding="utf-8")
        return datasets.read_features("new.csv", like=datasets.read_csv("train.csv", **settings))

    return reading


TOWNS = "size;town;floor;price\n1,5;Bern;1;3\n2;Köln;2;5,5\n3;Ulm;3;7\n4;Bern;1;8\n"


@pytest.mark.parametrize(
    ("other", "X"),
    [
        ("size;town;floor;price\n1,5;Bern;2;\n", [[1.5, 1, 0, 0, 2]]),
        ("floor;town;size\n2;Ulm;0,5\n1;Köln;7\n", [[0.5, 0, 0, 1, 2], [7, 0, 1, 0, 1]]),
        ('\ufeffid,floor,"town",size,price\nA,2,"Ulm",1.5,?\nB,1,Bern,2,x\n', [[1.5, 0, 0, 1, 2], [2, 1, 0, 0, 1]]),
        ("town;size;floor\nBern;1;2\nBern;1,5;3\n", [[1, 1, 0, 0, 2], [1.5, 1, 0, 0, 3]]),
    ],
)
def test_columns_go_by_their_names_and_categories_as_they_were(read, other, X):
    np.testing.assert_array_equal(read(TOWNS, other), X)


def test_one_text_of_two_and_texts_that_look_like_numbers(read):
    two = "sex,x,y\nm,1,1.5\nf,2,2.5\nf,3,4.5\n"
    np.testing.assert_array_equal(read(two, "sex,x\nm,5\n"), [[1, 5]])
    np.testing.assert_array_equal(read(two, "sex,x\nf,5\nf,6\n"), [[0, 5], [0, 6]])
    mixed = "size,x,y\nS,1,1.5\n38,2,2.5\nM,3,4.5\n"
    np.testing.assert_array_equal(read(mixed, "size,x\n38,5\n38,6\n"), [[1, 0, 0, 5], [1, 0, 0, 6]])


def test_a_single_column_may_have_decimal_commas(read):
    train = "x;y\n1,5;2,5\n2,5;3\n"
    np.testing.assert_array_equal(read(train, "x\n7,5\n8\n"), [[7.5], [8]])
    np.testing.assert_array_equal(read(train, "x\n7.5\n"), [[7.5]])
    np.testing.assert_array_equal(read(train, "y,x\n1,7\n2,8\n"), [[7], [8]])
    np.testing.assert_array_equal(read("1.5,2\n2.5,3\n", "7.5\n8\n"), [[7.5], [8]])
    with pytest.raises(ValueError, match=r"row 1: '7,5' may be two cells, or have a decimal comma; name the columns"):
        read("1,5;2,5\n2,5;3\n", "7,5\n8,5\n")


def test_files_without_names(read):
    train = "1,2,a\n3,4,b\n5,6,a\n"
    for other in ("7,8\n9,1\n", "7,8,a\n9,1,b\n", "7,8\n9,1\n7,8\n"):
        np.testing.assert_array_equal(read(train, other)[:2], [[7, 8], [9, 1]])
    np.testing.assert_array_equal(read(train, "7,8\n"), [[7, 8]])
    np.testing.assert_array_equal(read("1,2,3\n4,5,7\n", "a,9,8\nb,9,7\n", target="x_1"), [[9, 8], [9, 7]])
    with pytest.raises(ValueError, match="4 cells in a row without names; 2 features are needed"):
        read(train, "1,2,3,4\n5,6,7,8\n9,9,9,9\n")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("size;floor;price\n1,5;2;3\n", "there is no column 'town'; there are size, floor, price"),
        ("size;towns\n1,5;Bern\n", "there is no column 'town', nor 1 more of those needed; the nearest is 'towns'"),
        (
            "size;town;floor\n1,5;Bonn;2\n",
            "row 2, column town: 'Bonn' is a text that did not occur before; the",
        ),
        ("size;town;floor\n1,5;Rom;2\n", "'Rom' is a text that did not occur before; there were 'Bern', 'Köln', 'Ulm'"),
        ("size;town;floor\n1,5;5;2\n", "'5' is a text that did not occur before"),
        ("size;town;floor\n1,5;;2\n", "row 2, column town: nothing stands there"),
        ("size;town;floor\n;Bern;2\n", "row 2, column size: nothing stands there"),
        ("size;town;floor\nlarge;Bern;2\n", "row 2, column size: 'large' is no number; the column held numbers before"),
        ("size;town;floor\n1,5;Bern\n", "row 2: 2 cells, but the first row has 3"),
        ("size;town;floor\n1,5;Bern;1.5\n", "row 2, column floor: '1.5' has a point"),
        ("size;town;floor\n", "no rows below the names"),
        ("1,5;Bern;2\n2,5;Ulm;1\n", "the first row is to hold the names of the columns, 'size' among them"),
        ("", "the file is empty"),
    ],
)
def test_what_is_wrong_with_the_other_file_is_said_in_one_line(read, other, said):
    with pytest.raises(ValueError, match=said) as caught:
        read(TOWNS, other)
    assert str(caught.value).startswith("new.csv") and "\n" not in str(caught.value)


def test_numbers_alone_are_refused_by_name_too(read):
    with pytest.raises(ValueError, match=r"there is no column 'b'; there are a, c, y"):
        read("a,b,y\n1,2,3.5\n4,5,6\n7,8,9\n", "a,c,y\n1,2,3.5\n4,5,6\n7,8,9\n")


def test_a_column_that_never_changes_is_only_shifted():
    """The computed deviation of 0.1, 0.1, … is above 0: another value would be 10¹⁵ deviations away."""
    values = np.column_stack([np.full(49, 0.1), np.arange(49.0)])
    scale = Scale.of(values)
    assert values.std(axis=0)[0] > 0 and scale.deviation[0] == 1
    np.testing.assert_array_equal(scale.standardised(values)[:, 0], 0)
    np.testing.assert_allclose(scale.measured(scale.standardised(values)), values, rtol=1e-15)
    assert Scale.of(np.array([2.0, 4.0])) == (3.0, 1.0)
