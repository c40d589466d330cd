"""CSV files as spreadsheets write them, and what is wrong with some, each said in one line."""

import re
import warnings

import numpy as np
import pytest

from tinygrad_edu import datasets
from tinygrad_edu.datasets import csv_file


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def reading(text, **settings):
        raw = text if isinstance(text, bytes) else text.encode("utf-8")
        (tmp_path / "table.csv").write_bytes(raw)
        return datasets.read_csv("table.csv", **settings)

    return reading


def test_a_plain_table(read):
    data = read("height,weight,sex\n1.80,80,m\n1.65,60,f\n1.70,62.5,f\n")
    assert (data.features, data.classes, data.target, data.name) == (("height", "weight"), ("f", "m"), "sex", "table")
    np.testing.assert_array_equal(data.X, [[1.80, 80], [1.65, 60], [1.70, 62.5]])
    np.testing.assert_array_equal(data.y, [1, 0, 0])
    assert data.X.dtype == float and data.y.dtype.kind == "i"


def test_a_target_is_named_or_the_last(read):
    table = "price,rooms,town\n10.5,2,A\n20.5,3,B\n15.5,3,A\n"
    assert read(table).target == "town"
    data = read(table, target="price")
    assert (data.target, data.features, data.classes) == ("price", ("rooms", "town=B"), ())
    np.testing.assert_array_equal(data.X, [[2, 0], [3, 1], [3, 0]])
    np.testing.assert_array_equal(data.y, [10.5, 20.5, 15.5])


@pytest.mark.parametrize(
    ("column", "classes", "y"),
    [
        (["0", "1", "1", "0"], ("0", "1"), [0, 1, 1, 0]),
        (["3", "7", "3", "7"], ("3", "7"), [0, 1, 0, 1]),
        (["1.0", "2.0", "1.0", "2.0"], ("1", "2"), [0, 1, 0, 1]),
        (["1234567", "1234568", "1234567", "1234568"], ("1234567", "1234568"), [0, 1, 0, 1]),
        (["0.5", "1", "0.5", "1"], (), [0.5, 1, 0.5, 1]),
        (["2019", "2020", "2021", "2021"], (), [2019, 2020, 2021, 2021]),
        (["b", "a", "b", "c"], ("a", "b", "c"), [1, 0, 1, 2]),
    ],
)
def test_what_is_a_class_and_what_is_measured(read, column, classes, y):
    data = read("x,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(column)))
    assert data.classes == classes
    np.testing.assert_array_equal(data.y, y)


def test_classes_may_be_asked_for_and_refused(read):
    numbers = "x,y\n1,0\n2,1\n3,0\n4,1\n"
    assert read(numbers, classes=False).classes == () and read(numbers, classes=False).y.dtype == float
    assert read("x,y\n1,2.5\n2,3.5\n", classes=True).classes == ("2.5", "3.5")
    with pytest.raises(ValueError, match="target, column y, holds texts such as 'a', which are not measured"):
        read("x,y\n1,a\n2,b\n", classes=False)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_cells_are_parted_by_what_makes_rows_of_one_length(read, sign):
    data = read(sign.join("aby") + "\n" + "".join(sign.join(row) + "\n" for row in ("123", "456", "789")))
    assert data.features == ("a", "b")
    np.testing.assert_array_equal(data.X, [[1, 2], [4, 5], [7, 8]])


def test_what_a_spreadsheet_does_to_a_table(read):
    """A BOM, carriage returns, semicolons, decimal commas, thousands, quotes, spaces, empty lines, umlauts."""
    lines = [
        '\ufeffGröße;"Ort; Land";Preis', '1,5;"Köln; DE";1.234,50', "", '2;"Bern; CH";11', ";;",
        '3,25;"Köln; DE";12,5', "",
    ]  # fmt: skip
    data = read("\r\n".join(lines))
    assert (data.features, data.target) == (("Größe", "Ort; Land=Köln; DE"), "Preis")
    np.testing.assert_array_equal(data.X[:, 0], [1.5, 2.0, 3.25])
    np.testing.assert_array_equal(data.y, [1234.5, 11.0, 12.5])
    quoted = read('a,y\n"1,5",3\n"-0,25",4\n"2",5\n')
    np.testing.assert_array_equal(quoted.X[:, 0], [1.5, -0.25, 2.0])
    assert read("x;y\n1,234;0,5\n2,345;1,5\n").X[0, 0] == 1.234


def test_numbers_that_stand_there_as_texts_are_said_to_be_texts(read):
    minus = read("a,y\n−1.5,2\n2,3\n−3,5\n")
    np.testing.assert_array_equal(minus.X[:, 0], [-1.5, 2.0, -3.0])
    for cells in (
        ["5%", "7.5 %", "10%"],
        ["$5", "$1,000", "$7"],
        ["1 000", "2 000", "950"],
        ["1_000", "2_000", "3_000"],
    ):
        with pytest.warns(
            UserWarning, match=rf"column a: '{re.escape(cells[0])}' is a text, so the column holds categories"
        ):
            data = read("a;y\n" + "".join(f"{cell};{i}\n" for i, cell in enumerate(cells)))
        assert len(data.features) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cells in (
            ["18-25", "26-40"],
            ["2020-01-02", "2020-02-01"],
            ["1st", "2nd"],
            ["A1", "B2"],
            ["12:30", "7:15"],
        ):
            read("a,y\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells)))


def test_columns_that_spreadsheets_and_programs_add(read):
    assert read("a,y,\n1,2,\n2,3,\n3,5,\n").features == ("a",)  # an empty one
    with pytest.raises(ValueError, match=r"row 3, column 3: nothing stands there"):
        read("a,y,\n1,2,4\n2,3,\n3,5,6\n")
    with pytest.warns(UserWarning, match="the first column has no name and counts the rows"):
        read(",a,y\n0,5,2\n1,7,3\n2,9,5\n")


def test_a_table_without_names(read):
    data = read("5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n")
    assert (data.features, data.target, len(data)) == (("x_1", "x_2"), "y", 3)
    assert read("1,2,3\n4,5,6\n").features == ("x_1", "x_2")
    assert read(",a,y\n1,2,3\n4,5,6\n").features == ("column 1", "a")


def test_categories_become_columns_of_0_and_1(read):
    data = read("colour,size,y\nred,S,1.5\ngreen,L,2.5\nblue,S,3.5\n")
    assert data.features == ("colour=blue", "colour=green", "colour=red", "size=S")
    np.testing.assert_array_equal(data.X, [[0, 0, 1, 1], [0, 1, 0, 0], [1, 0, 0, 1]])
    same = read("colour,x,y\nred,1,1.5\nred,2,2.5\n")  # a constant column is no mistake
    np.testing.assert_array_equal(same.X, [[1, 1], [1, 2]])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "table.csv: the file is empty"),
        ("\n , \n", "table.csv: the file is empty"),
        ("a,b,y\n", "table.csv: no rows below the names"),
        ("a,b,y\n1,2,3\n", "table.csv: a single row below"),
        ("y\n1\n2\n", "there is one column, y; a target and at least one feature are needed"),
        ("a,b,y\n1,2,3\n1,2\n", "table.csv, row 3: 2 cells, but the first row has 3"),
        ("a,b,y\n1,2,3\n\n1,2,3,4\n", "table.csv, row 4: 4 cells, but the first row has 3"),
        ("a,b,y\n1,,3\n2,3,4\n", "table.csv, row 2, column b: nothing stands there; fill it in, or leave"),
        ("a,b,y\n1,2,3\n2,NaN,4\n", "row 3, column b: 'NaN' says that a value is missing"),
        ("a,b,y\n1,2,3\n2,n/a,4\n", "row 3, column b: 'n/a' says that a value is missing"),
        ("a,b,y\n1,red,3\n2,?,4\n", r"row 3, column b: '\?' says that a value is missing"),
        ("a,b,y\n1,2,3\n2,4,\n", "row 3, column y: nothing stands there"),
        ("a,b,y\n1,2,3\n2,inf,4\n", "row 3, column b: 'inf' is no finite number; 1 of 2"),
        ("a,b,y\n1,2,3\n2,1e999,4\n", "row 3, column b: '1e999' is larger than every number"),
        ("a,b,y\n1,2,3\n2,3O,4\n3,4,5\n", "row 3, column b: '3O' is no finite number; 2 of 3"),
        ("a,b,y\n1,2,3\n2,1_000,4\n3,4,5\n", "row 3, column b: '1_000' is no finite number"),
        ("a,b,y\n1,2,x\n2,3,x\n", "the target, column y, is 'x' in every row; there is nothing to predict"),
        ("a,b,y\n1,2,5\n2,3,5\n", "the target, column y, is '5' in every row"),
        ("a,a,y\n1,2,3\n1,2,4\n", "two columns are called 'a'"),
        ('a,y\n"1,234",3\n"2,345",4\n', "row 2, column a: '1,234' may have a decimal comma, or thousands"),
        ("a;y\n1.5;3\n2,3;4\n", "row 2, column a: '1.5' has a point, other numbers of the table a decimal comma"),
        ("a;b;y\n1.234;1,5;3\n2.5;3,5;4\n", "row 2, column a: '1.234' has a point"),
        ('a,b,y\n1,"2,3\n1,2,4\n', "row 3: unexpected end of data; is a quotation mark left open"),
        ('a,b,y\n1,"2"x,3\n1,2,4\n', "row 2: .*; is a quotation mark left open"),
        ("id,y\n" + "".join(f"n{i},{i}\n" for i in range(60)), "column id: 60 different texts in 60 rows are no categ"),
        ("x,y\n" + "".join(f"{i},n{i}\n" for i in range(60)), "column y: 60 different texts in 60 rows are no classes"),
        ("a,y\n1,2\nÄ,3\n".encode("latin-1"), "table.csv, row 3: the byte 0xc4 is no UTF-8; save the file as UTF-8"),
        ("a,y\n1,2\n3,4\n".encode("utf-16"), "the text is UTF-16; save it as UTF-8"),
        (b"PK\x03\x04\x00\x00", "this is no text, it holds zero bytes"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_in_one_line(read, text, said):
    with pytest.raises(ValueError, match=said) as caught:
        read(text)
    assert "\n" not in str(caught.value) and str(caught.value).startswith("table.csv")


def test_a_target_that_is_not_there(read):
    with pytest.raises(ValueError, match="no column 'prise' for the target; the nearest is price"):
        read("a,price\n1,2\n3,4\n", target="prise")
    with pytest.raises(ValueError, match="no column 'qqqq' for the target; there are a, price"):
        read("a,price\n1,2\n3,4\n", target="qqqq")


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="is a folder"):
        datasets.read_csv(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"^none\.csv: No such file"):
        datasets.read_csv("none.csv")
    with open("large.csv", "wb") as file:
        file.truncate(10**9)
    with pytest.raises(ValueError, match=r"large\.csv: 1,000 MB; up to 250 MB are read"):
        datasets.read_csv("large.csv")


def test_many_rows_are_looked_at_once(read):
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(3000, 20))
    data = read("\n".join(",".join(map(repr, row)) for row in numbers.tolist()) + "\n")
    np.testing.assert_array_equal(np.column_stack([data.X, data.y]), numbers)
    assert csv_file.LARGEST > 100_000 * 50 * 20


@pytest.mark.parametrize(
    ("text", "fast"),
    [
        ("1,2\n3,4\n5,6.5\n", True), ("a,b\n1,2\n3,4.5\n", True), ("a,b\n1,2\n\n3,4\n", False),
        ('a,b\n"1","2.5"\n3,4\n', True), (" a , b \n 1 , 2.5 \n3,4e2\n", True), ('a;"b;c"\n1;2\n3;4.5\n', True),
        ("a\tb\n-1\t+2\n.5\t4.\n", True), ("a,b\n1,2\n3,4\n\n7,8\n", True), ("a,b\n\n1,2\n3,4\n", False),
        ('"a\nb",c\n1,2.5\n3,4\n', False), ("a;b\n1,5;2\n3;4\n", False), ("a,b\nx,1\ny,2\n", False),
        ("1,2\n3,4\n", False),
    ],
)  # fmt: skip
def test_numbers_alone_are_read_the_fast_way_as_cell_by_cell(text, fast):
    lines = text.splitlines(keepends=True)
    sign = csv_file._delimiter(lines)
    one, other = (read("t", lines, sign) for read in (csv_file._columns_of_numbers, csv_file._columns))
    assert bool(one) == fast
    for quick, slow in zip(one, other, strict=fast):
        assert quick.name == slow.name
        np.testing.assert_array_equal(quick.numbers, slow.numbers)


def test_from_a_file_to_a_prediction(read):
    from tinygrad_edu import losses, nn, optim

    moons = datasets.moons(120, noise=0.05)
    data = read("x_1,x_2,moon\n" + "".join(f"{a},{b},{'ab'[c]}\n" for (a, b), c in zip(moons.X, moons.y, strict=True)))
    split = data.split().standardised()
    model = nn.MLP([2, 16, 2], output="softmax", rng=0)
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        losses.cross_entropy(model.logits(split.X_train), split.y_train).backward()
        optimizer.step()
    assert np.mean(model(split.X_test).data.argmax(axis=1) == split.y_test) > 0.95
    assert data.classes == ("a", "b")


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("a;y\n1.500;3\n12.250;4\n300.000;5\n", True),
        ("a;b;y\n1.500;red;3\n12.250;blue;4\n300.000;red;5\n", True),
        ("1.500;3\n12.250;4\n300.000;5\n", True),
        (" a ;y\n1.500;3\n12.250;4\n300.000;5\n", True),
        ("a;y\n1.500;3\n0.250;4\n300.000;5\n", False),
        ("a;y\n1.500;3\n12.25;4\n300.000;5\n", False),
        ("a,y\n1.500,3\n12.250,4\n300.000,5\n", False),
        ("a;y\n1;3\n12;4\n300;5\n", False),
    ],
)
def test_a_point_that_may_part_thousands_is_pointed_out(read, text, warned):
    """In a file parted by semicolons; where any cell shows that the point is a decimal one, nothing is said."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert read(text).X[0, 0] in (1.0, 1.5)
    assert [str(each.message) for each in said] == [
        f"table.csv, column {'x_1' if text[0] == '1' else 'a'}: 1.500 is read as 1.5, with a decimal point; "
        "if the point parts thousands, write 1500"
    ] * warned


def test_a_point_that_may_part_thousands_is_pointed_out_where_features_are_read(read, tmp_path):
    data = read("a;b;y\n1500;1;3\n12250;2;4\n300000;1;5\n")
    (tmp_path / "more.csv").write_text("b;a\n1;1.500\n2;12.250\n")
    with pytest.warns(UserWarning, match=r"more\.csv, column a: 1\.500 is read as 1\.5"):
        assert datasets.read_features("more.csv", data).tolist() == [[1.5, 1.0], [12.25, 2.0]]
