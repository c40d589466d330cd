"""Everything that a verdict says, as text, compared with what stands in a golden file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from golden_files import assert_golden

from tinygrad_edu.checking.places import label
from tinygrad_edu.checking.verdict import Explanation, Verdict

GOLDEN = Path(__file__).parent / "golden"
_HEAD = "## "


def told(verdict: Verdict) -> str:
    """The sentence, the hint and the solution of a verdict, and every explanation, the best first."""
    lines = [str(verdict)]
    if verdict.candidates:
        lines += [f"    hint: {verdict.hint}", f"    solution: {verdict.solution}"]
    lines += [f"    {_explained(each)}" for each in verdict.candidates]
    return "\n".join(line.rstrip() for text in lines for line in text.split("\n"))


def _explained(each: Explanation) -> str:
    at = f" at {label(each.node)}" if each.node is not None else ""
    times = f" times {each.factor}" if each.factor is not None else ""
    return f"{each.mistake}{at}{times} ({each.weight}): {each.message}"


def assert_told(file: str, title: str, verdicts: Iterable[Verdict]) -> None:
    """That verdicts say what stands in a golden file under this title."""
    path = GOLDEN / file
    sections = _sections(path) | {title: "\n".join(map(told, verdicts))}
    assert_golden(path, "\n\n".join(f"{_HEAD}{each}\n{text}" for each, text in sections.items()) + "\n")


def _sections(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    found: dict[str, Any] = {}
    for section in path.read_text(encoding="utf-8").removeprefix(_HEAD).split(f"\n\n{_HEAD}"):
        title, _, text = section.partition("\n")
        found[title] = text.rstrip("\n")
    return found
