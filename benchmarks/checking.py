"""How well claims are judged: the table in docs/checking.md, made from the collection in tests/checking/claims.py.

Run it:  python benchmarks/checking.py            prints the table
         python benchmarks/checking.py --write    puts it into docs/checking.md
"""

import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "checking")]

from claims import CLAIMS, graph_of

from tinygrad_edu import derive

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def judged() -> tuple[dict[str, Counter], list[float]]:
    """For each loss, how many claims of each outcome; and how long each took, in seconds."""
    outcomes: dict[str, Counter] = defaultdict(Counter)
    seconds = []
    loss, names = graph_of("bce")
    derive(loss, names["yhat"]).check(r"\frac{1}{N}")  # SymPy and Lark load with the first
    for claimed in CLAIMS:
        loss, names = graph_of(claimed.loss)
        start = time.perf_counter()
        verdict = derive(loss, names[claimed.wrt]).check(claimed.claim)
        seconds.append(time.perf_counter() - start)
        outcomes[claimed.loss][_outcome(claimed, verdict)] += 1
    return outcomes, seconds


def _outcome(claimed, verdict) -> str:
    if claimed.mistake is None:
        return "accepted" if verdict.ok else "refused"
    if verdict.ok:
        return "called right"
    if verdict.mistake in claimed.mistakes:
        return "named"
    return "unnamed" if verdict.mistake in ("unexplained", "special-case", "shape", "unparsable") else "misnamed"


def table(outcomes: dict[str, Counter], seconds: list[float]) -> str:
    """The outcomes in Markdown."""
    columns = ["accepted", "refused", "named", "unnamed", "misnamed", "called right"]
    lines = [
        "| loss | right: accepted | refused | wrong: named | not named | named wrongly | called right |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    total: Counter = Counter()
    for loss, counted in outcomes.items():
        lines.append(f"| `{loss}` | " + " | ".join(str(counted[c]) for c in columns) + " |")
        total += counted
    lines.append("| **all** | " + " | ".join(f"**{total[c]}**" for c in columns) + " |")
    seconds = sorted(seconds)
    lines.append("")
    lines.append(
        f"{len(seconds)} claims; a verdict takes {1000 * seconds[len(seconds) // 2]:.0f} ms in the middle of the field "
        f"and {1000 * seconds[-1]:.0f} ms at most, on two shared cores."
    )
    return "\n".join(lines)


def main() -> None:
    """Print the table, or put it into the document."""
    found = table(*judged())
    print(found)
    if "--write" in sys.argv:
        document = ROOT / "docs" / "checking.md"
        text = document.read_text(encoding="utf-8")
        pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
        document.write_text(pattern.sub(f"{BEGIN}\n{found}\n{END}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
