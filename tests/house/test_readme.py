"""README tells the truth: its Python blocks run, its shell blocks name what is there, its links lead somewhere."""

import contextlib
import io
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from tinygrad_edu.shell import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.findall(r"^```(python|text|sh)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
BLOCKS = [block for kind, block in FENCED if kind == "python"]
# What stands in a text block is printed by the Python block before it.
PRINTED = {
    before: after
    for (kind, before), (kind_after, after) in pairwise(FENCED)
    if (kind, kind_after) == ("python", "text")
}


@pytest.mark.parametrize("last", range(len(BLOCKS)))
def test_python_blocks_run_and_print_what_they_say(last, tmp_path, monkeypatch):
    """Blocks go on from those before them; a comment behind a print is what it prints."""
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in BLOCKS[:last]:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, "README.md", "exec"), names)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(BLOCKS[last], "README.md", "exec"), names)
    if BLOCKS[last] in PRINTED:
        assert printed.getvalue().split() == PRINTED[BLOCKS[last]].split()
        return
    promised = [" ".join(m.split()) for m in re.findall(r"^ *print\(.*\)\s+# (.*)$", BLOCKS[last], re.MULTILINE)]
    lines = iter(" ".join(line.split()) for line in printed.getvalue().splitlines())
    for line in promised:
        assert line in lines, f"README promises {line!r}, the block prints\n{printed.getvalue()}"


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README):
        assert re.match(r"https?://", target) or (ROOT / target).exists(), target


def test_shell_blocks_name_files_that_exist():
    blocks = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 2
    for path in re.findall(r"python ([\w/]+\.py)", "".join(blocks)):
        assert (ROOT / path).exists(), path


def test_console_blocks_print_what_they_show(capsys):
    consoles = re.findall(r"^```console\n\$ tinygrad-edu (.*?)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert consoles
    for command, shown in consoles:
        cli.main(shlex.split(command))
        assert capsys.readouterr().out.split() == shown.split()
