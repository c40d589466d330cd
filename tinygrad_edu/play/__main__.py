"""`python -m tinygrad_edu.play`: write what the page carries: `pieces.js`, `formulas.json` and `digits.json` in assets.

To be run after a change to the table of rules, the losses, the optimisers or the derivation; a test says when.
"""

from pathlib import Path

from . import digits, formulas, pieces

HERE = Path(__file__).parent / "assets"

if __name__ == "__main__":
    (HERE / "pieces.js").write_text(pieces.text(), encoding="utf-8")
    (HERE / "formulas.json").write_text(formulas.text(), encoding="utf-8")
    (HERE / "digits.json").write_text(digits.text(), encoding="utf-8")
