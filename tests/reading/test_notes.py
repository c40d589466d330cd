"""Equations out of notes: what cannot be cut, definitions further up, and letters that stand for the prediction."""

import pytest

from tinygrad_edu.errors import UnreadableError
from tinygrad_edu.reading import read
from tinygrad_edu.reading.lexer import cut
from tinygrad_edu.reading.notes import LONGEST_NOTE, equations, named
from tinygrad_edu.reading.words import Vocabulary

WORDS = Vocabulary({"w": ("D",), "yhat": ("N",), "y": ("N",)})


def test_a_note_that_is_too_long_is_refused():
    with pytest.raises(UnreadableError, match="a note of"):
        equations(" " * (LONGEST_NOTE + 1))


def test_a_line_whose_right_side_cannot_be_cut_is_kept_to_be_refused_later():
    [equation] = equations("$$\\nabla_w L = \\frac{1}{N$$", WORDS)
    assert (equation.about, equation.text) == ("w", r"\nabla_w L = \frac{1}{N")
    [symbol] = equations("$$q = \\frac{1}{N$$ $$\\frac{1}{N$$ $$\\frac{w = 1$$", WORDS)
    assert (symbol.left.symbol, symbol.text) == ("q", r"q = \frac{1}{N")


def test_a_style_around_the_first_letters_belongs_to_the_equation():
    [equation] = equations(r"$$\text{d}L/\text{d}w = 2$$", WORDS)
    assert equation.text == r"\text{d}L/\text{d}w = 2"


def test_a_letter_that_is_no_name_is_the_prediction():
    about = [each.about for each in equations("$$\\nabla_a L = 2$$ $$\\nabla_q L = 3$$ $$\\nabla_w L = 4$$", WORDS)]
    assert [each for each in about if named(each, "yhat", WORDS)] == ["a", "q"]
    assert [each for each in about if named(each, "w", WORDS)] == ["w"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("y % why\n+ 1\\;", ["WORD", "PLUS", "NUMBER"]), (r"y\\[2pt] x", ["WORD", "LINE", "WORD"]),
        ("a := 1 ** 2", ["WORD", "EQ", "NUMBER", "SUP"]),
        ("1 … 2 ... : 3", ["NUMBER", "DOTS", "NUMBER", "DOTS", "COLON", "NUMBER"]),
        ("y != 1", ["WORD", "RELATION", "NUMBER"]), (r"\left. y \right.", ["WORD"]),
        (r"\begin{array}{ll} y \end{array}", ["WORD"]),
        (r"\mathcal{L} \mathsf{T} \bf x", ["WORD", "TOP", "WORD"]),
        (r"\text{ } \mathbb{1} \mathrm{1}", ["WORD", "WORD"]),
        ("y_hat y_pred xŷz", ["WORD", "WORD", "WORD", "WORD", "WORD"]), ("x¹² Wᵀ", ["WORD", "SUP", "WORD", "SUP"]),
    ],
)  # fmt: skip
def test_pieces(text, kinds):
    assert [piece.kind for piece in cut(text)] == kinds


@pytest.mark.parametrize("text", ["a !", "日", "x^", r"\frac", r"\hat{1}", r"\sqrt[3]{2} \a"])
def test_what_is_no_piece_is_refused_with_its_place(text):
    with pytest.raises(UnreadableError) as caught:
        cut(text)
    assert caught.value.position <= len(text)


def test_a_defined_symbol_before_a_brace_takes_nothing_of_it():
    names = {"X": ("N", "D"), "z": ("N",), "y": ("N",)}
    (claim,) = read(r"\frac{2}{N}(z - y)", names, before=["N = X.shape[0]"])
    assert claim.names() == {"X", "z", "y"}
