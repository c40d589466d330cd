"""`python -m tinygrad_edu.play`: write what the page carries, `assets/pieces.js` and `assets/formulas.json`.

To be run after a change to the table of rules, the losses, the optimisers or the derivation; a test says when.
"""

from pathlib import Path

from . import formulas, pieces

HERE = Path(__file__).parent / "assets"

if __name__ == "__main__":
    (HERE / "pieces.js").write_text(pieces.text(), encoding="utf-8")
    (HERE / "formulas.json").write_text(formulas.text(), encoding="utf-8")
