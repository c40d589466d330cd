"""The command line, run as a shell runs it: exit codes, one-line errors, closed pipes."""

import os
import re
import shlex
import subprocess
import sys
from typing import NamedTuple

import pytest

from tinygrad_edu.shell import cli
from tinygrad_edu.shell.commands import bench


def shell(*args: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "tinygrad_edu", *args],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False, env=os.environ | environment,
    )  # fmt: skip


class Done(NamedTuple):
    code: int
    stdout: str
    stderr: str


def shell_line(line: str) -> Done:
    done = subprocess.run(
        f"{shlex.quote(sys.executable)} -m tinygrad_edu {line}",
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False, shell=True,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def test_without_a_command_it_says_what_there_is(capsys):
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in cli.COMMANDS)
    assert cli.main(["--help"]) == 0
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_helps_with_examples(name, capsys):
    assert cli.main([name, "--help"]) == 0
    assert f"tinygrad-edu {name}" in capsys.readouterr().out.partition("examples:")[2]


def test_demo():
    done = shell("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓" in done.stdout
    assert "✗" in done.stdout
    assert "\x1b" not in done.stdout
    assert float(re.findall(r"accuracy ([\d.]+)", done.stdout)[-1]) > 0.98


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["derivate"], "no command 'derivate'; there are demo, train"),
        (["train"], "DATA; see tinygrad-edu train --help"),
        (["train", "digits", "--epochs", "many"], "'many'"),
        (["bench", "--rounds", "0"], "rounds"),
        (["demo", "--fast"], "--fast"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_code_2(args, said, capsys):
    assert cli.main(args) == 2
    out, err = capsys.readouterr()
    assert out == "" or "samples" in out
    assert err.startswith("tinygrad-edu: ")
    assert err.count("\n") == 1
    assert said in err


def test_exit_code_reaches_the_shell():
    done = shell("nonsense")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert shell("--version").stdout.startswith("tinygrad-edu ")


def test_a_closed_pipe_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "tinygrad_edu", "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        running.stdout.close()
        error = running.stderr.read()
    assert (running.returncode, error) == (0, b"")


@pytest.mark.skipif(os.name != "posix", reason="a shell's way to close a stream")
@pytest.mark.parametrize("command", ["derive 'sum(x)' --wrt x --latex", "check 'w*x' --wrt w x", "draw 'w*x'"])
def test_a_stream_that_is_closed_is_silent(command):
    whole = shell_line(command)
    assert "assumed" in whole.stderr or "derive" not in command
    assert shell_line(f"{command} >&-") == (0, "", whole.stderr)
    assert shell_line(f"{command} 2>&-") == (0, whole.stdout, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full disk is needed")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line(unbuffered, monkeypatch):
    """Python writes at once, or holds back what does not fit until its end."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    assert shell_line("derive 'x*x' --wrt x >/dev/full") == (
        2,
        "",
        "tinygrad-edu: the output: No space left on device\n",
    )


def test_output_without_unicode_is_no_traceback():
    done = shell("demo", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")


def test_bench_measures_the_same_step_and_prints(capsys, monkeypatch):
    data = bench.toy_data(50, 4)
    ours, compiled, by_hand = bench.toy(*data), bench.toy_jit(*data), bench.toy_by_hand(*data)
    for _ in range(5):
        expected = float(by_hand())
        assert float(ours()) == pytest.approx(expected, rel=1e-12)
        assert float(compiled()) == pytest.approx(expected, rel=1e-12)
    monkeypatch.setattr(bench, "SIZES", ((20, 4),))
    assert cli.main(["bench", "--rounds", "1"]) == 0
    assert re.search(r"20 +4 .* µs", capsys.readouterr().out)


def test_warnings_are_one_line_of_ours():
    program = [sys.executable, "-m", "tinygrad_edu", "draw", "log(x)", "--values", "x=0"]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0 and "-inf" in done.stdout
    lines = done.stderr.splitlines()
    assert lines and all(re.fullmatch("tinygrad-edu: divide by zero encountered in .*", line) for line in lines)


def test_a_name_given_twice_is_refused(capsys):
    assert cli.main(["draw", "x * y", "--values", "x=1", "x=2"]) == 2
    assert capsys.readouterr().err == "tinygrad-edu: --values gives x twice\n"


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("derive sum(w*x)+b --wrt w --wrt b", "--wrt"),
        ("check sum(w*x)+b --wrt=w --wrt b x", "--wrt"),
        ("train moons --lr 1 --epochs 3 --lr 2", "--lr"),
        ("draw w*x -o a.svg --output b.svg", "--output"),
    ],
)
def test_an_option_with_a_value_is_given_once(line, option, capsys):
    """Of two values argparse takes the last, and the first was lost without a word."""
    assert cli.main(line.split()) == 2
    assert f"{option} is given twice" in capsys.readouterr().err


def test_options_that_gather_values_are_given_several_times(capsys):
    assert cli.main(["draw", "w*x", "--values", "w=7", "--values", "x=2"]) == 0
    assert "14" in capsys.readouterr().out
    assert cli.main(["derive", "x@w", "--wrt", "w", "--shape", "x=N", "--shape", "w=N", "--latex", "--latex"]) == 0
