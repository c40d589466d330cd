"""Commands run in this process: what they print, write and refuse."""

import os
import runpy
import sys

import pytest

from tinygrad_edu.shell import cli
from tinygrad_edu.shell.commands import demo, draw

pytest.importorskip("sympy")
pytest.importorskip("lark")


def test_demo_tells_the_whole_story(capsys):
    assert cli.main(["demo"]) == 0
    said = capsys.readouterr().out
    assert [line[0] for line in said.splitlines() if line[1:3] == ". "] == ["1", "2", "3", "4"]
    assert said.count("✓") == 1
    assert said.count("✗") == 2
    assert "o and x" in said or "x and o" in said


def test_demo_without_sympy_says_how_to_get_it(capsys, monkeypatch):
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    demo._a_gradient()
    said = capsys.readouterr().out
    assert 'pip install "tinygrad_edu[derive]"' in said
    assert "step by step" not in said


def test_the_module_is_the_command(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["tinygrad-edu", "--version"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("tinygrad_edu", run_name="__main__")
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("tinygrad-edu ")


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, ""),
        (KeyError("no such thing"), 2, "tinygrad-edu: no such thing\n"),
        (MemoryError(), 2, "tinygrad-edu: MemoryError\n"),
        (RuntimeError("two\nlines"), 2, "tinygrad-edu: two lines\n"),
    ],
)
def test_whatever_goes_wrong_is_one_line(raised, code, said, capsys, monkeypatch):
    def run(options):
        raise raised

    monkeypatch.setattr(demo, "run", run)
    assert cli.main(["demo"]) == code
    assert capsys.readouterr() == ("", said)


def test_colours_are_for_terminals(capsys, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert cli.main(["check", "sum(x**2)", "--wrt", "x", "2*x"]) == 0
    assert "\x1b[32m✓\x1b[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli.main(["check", "sum(x**2)", "--wrt", "x", "2*x"]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("suffix", draw.SUFFIXES)
def test_draw_writes_every_format(suffix, tmp_path, capsys):
    if suffix not in (".html", ".gv") and not any(
        os.access(os.path.join(folder, "dot"), os.X_OK) for folder in os.environ["PATH"].split(os.pathsep)
    ):
        pytest.skip("no dot")
    path = tmp_path / f"picture{suffix}"
    assert cli.main(["draw", "tanh(w*x + b)", "--values", "w=-0.5", "x=3", "b=1", "-o", str(path), "--backward"]) == 0
    assert capsys.readouterr().out == f"wrote {path}\n"
    assert path.stat().st_size > 200


@pytest.mark.parametrize(
    ("values", "shape"), [("x=1,2,3", (3,)), ("x=1,2;3,4", (2, 2)), ("x=1,", None), ("x=4", ()), ("x=1;2", (2, 1))]
)
def test_values_are_numbers_rows_and_matrices(values, shape):
    if shape is None:
        with pytest.raises(ValueError, match="write NAME=NUMBER"):
            draw.value(values)
    else:
        assert draw.value(values)[1].shape == shape


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["draw", "sum(x)", "-o", "x.bmp"], "a picture is written as"),
        (["draw", "sum(x)", "-o", "/there/is/no/x.gv"], "No such file"),
        (["draw", "sum(x)", "--values", "x=one"], "write NAME=NUMBER"),
        (["draw", "sum(x)", "--values", "x=1,2;3"], "row;row"),
        (["draw", "sum(x)", "--values", "z=1"], "z has a value, but the formula speaks of x"),
        (["source", "sum(x)", "--wrt", ","], "with commas between them"),
        (["source", "sum(w*x)", "--wrt", "w,x,w"], "--wrt w,x,w: w stands there twice"),
        (["derive", "+".join(["x"] * 3000), "--wrt", "x"], "the loss: this is 5,999 characters long"),
        (["draw", "w*x", "--values", "w=1,1e400"], "--values w=1,1e400: a number too large to compute with"),
        (["draw", "w*x", "-o", "nowhere/at/all.svg"], "tinygrad-edu: nowhere/at/all.svg: No such file"),
        (["play", "-o", "nowhere/at/all.html"], "tinygrad-edu: nowhere/at/all.html: No such file"),
        (["source", "p = exp(x); sum(p)", "--wrt", "p"], "p is computed by the loss"),
        (["derive", "sum(x)", "--wrt", "z"], "the loss has no z to derive by"),
        (["derive", "mse_loss(x)", "--wrt", "x"], "mse_loss takes outputs and labels here"),
        (["derive", "x = 1; x = 2; x", "--wrt", "x"], "x cannot be assigned here"),
        (["derive", "sum(x)\x00", "--wrt", "x"], "this is not Python"),
        (["derive", "2^x", "--wrt", "x"], "a power is written **"),
        (["derive", "2^(x", "--wrt", "x"], "this is not Python"),
        (["derive", "3 + 4*0", "--wrt", "x"], "no name in it to derive by"),
        (["check", "sum(x)", "--wrt"], "its value is missing"),
        (["check", "sum(x)", "--wrt", "x", "--file", "."], "Is a directory"),
        (["check", "sum(x)", "--wrt", "x", "(x"], "never closed"),
    ],
)
def test_what_cannot_be_used_is_one_line(args, said, capsys):
    assert cli.main(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err


def test_a_note_that_is_no_text_is_refused(tmp_path, capsys):
    note = tmp_path / "note.md"
    note.write_bytes(b"\xff\xfe\x00")
    assert cli.main(["check", "sum(x)", "--wrt", "x", "--file", str(note)]) == 2
    assert "is not text in UTF-8" in capsys.readouterr().err


def test_source_is_a_program_that_runs(capsys):
    loss = "h = tanh(X @ W_1 + b_1); p = sigmoid(h @ W_2 + b_2); mean(-(y*log(p) + (1-y)*log(1-p)))"
    assert cli.main(["source", loss, "--wrt", "W_1,b_2"]) == 0
    scope = {}
    exec(capsys.readouterr().out, scope)
    assert callable(scope["loss"])
