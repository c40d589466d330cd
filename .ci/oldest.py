"""Print the oldest versions that pyproject.toml allows, for pip: of what the package and its tests import."""

import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
IMPORTED = ("pytest>", "pytest-xdist>", "hypothesis>", "autograd>")

for requirement in [
    *PROJECT["dependencies"],
    *EXTRAS["derive"],
    *EXTRAS["draw"],
    *EXTRAS["train"],
    *EXTRAS["save"],
    *[each for each in EXTRAS["test"] if each.startswith(IMPORTED)],
]:
    print(requirement.replace(">=", "=="))
