"""`tinygrad-edu play` writes a page, opens it, and says what it cannot read."""

import webbrowser

import pytest

from tinygrad_edu.shell.cli import main


def test_it_only_writes_where_a_file_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda url: pytest.fail("opened"))
    (tmp_path / "t.csv").write_text("a,b,c\n1,2,<b>\n2,1,y\n3,4,y\n")
    assert main(["play", "--csv", str(tmp_path / "t.csv"), "--hidden", "3", "-o", str(tmp_path / "p.html")]) == 0
    text = (tmp_path / "p.html").read_text()
    assert '"csv":"a,b,c\\n1,2,\\u003cb>' in text and '"units":3' in text
    assert capsys.readouterr().out == f"wrote {tmp_path / 'p.html'}\n"


def test_else_the_browser_opens_it(capsys, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    assert main(["play", "--data", "xor", "--hidden", ""]) == 0
    assert opened[0].startswith("file:///") and "playground.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "iris"], "data is one of"),
        (["--hidden", "x"], "whole numbers"),
        (["--csv", "nowhere.csv"], "no such file"),
        (["--csv", "empty.csv"], "empty.csv: the file is empty"),
    ],
)
def test_what_cannot_be_read_is_one_line(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.csv").write_text("\n\n")
    assert main(["play", *arguments, "-o", "unwritten.html"]) == 2
    assert said in capsys.readouterr().err
