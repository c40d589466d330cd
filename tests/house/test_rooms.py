"""The plan of the house: rooms import from rooms below, the graph knows no operation, the door opens fast."""

import ast
import builtins
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_edu as tg
from tinygrad_edu.engine.rules import TABLE

HOME = Path(tg.__file__).parent

# From the top of the house down; a room may import from those further down, and from no other on its own line.
FLOORS = [
    ["__main__"],
    ["shell"],
    ["training", "play"],
    ["nn", "optim", "losses", "datasets", "linalg"],
    ["derivation", "picture", "source"],
    ["checking"],
    ["reading"],
    ["paper"],
    ["tensors"],
    ["engine"],
    ["errors"],
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def modules():
    return [path for path in sorted(HOME.rglob("*.py")) if path != HOME / "__init__.py"]


def rooms_imported(path):
    """The rooms of this package that a module imports, also inside of functions."""
    package = ("tinygrad_edu", *path.relative_to(HOME).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            full = (*base, *(node.module or "").split(".")) if node.module else base
            if full[:1] == ("tinygrad_edu",):
                yield from [full[1]] if len(full) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("tinygrad_edu."):
                    yield alias.name.split(".")[1]


def room_of(path):
    return path.relative_to(HOME).with_suffix("").parts[0]


def test_every_room_has_its_floor():
    assert {room_of(path) for path in modules()} <= set(FLOOR)


def test_the_plan_for_readers_has_every_room():
    table = (HOME.parent / "docs" / "design.md").read_text(encoding="utf-8").partition("## The rooms")[2]
    assert [room for floor in FLOORS[1:] for room in floor if f"`{room}`" not in table.partition("## Traps")[0]] == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(HOME)))
def test_imports_point_down(path):
    here = room_of(path)
    for room in rooms_imported(path):
        if room in FLOOR:
            assert here == room or FLOOR[here] < FLOOR[room], (
                f"{path.relative_to(HOME)} imports {room}, no room below it"
            )


def test_no_module_takes_a_public_functions_name():
    """A module `grad` would replace the function of that name as soon as it was loaded."""
    names = {path.stem for path in HOME.glob("*.py")} | {path.name for path in HOME.iterdir() if path.is_dir()}
    for name in names & set(dir(tg)) - {"__init__", "__main__"}:
        assert not callable(getattr(tg, name)), f"{name} is a module and a function"


def test_the_graph_names_no_operation():
    source = (HOME / "engine" / "graph.py").read_text()
    tree = ast.parse(source)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said}
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    everyday = {"add", "shape", "count", "all", "any", "max", "min", "sum", "sign", "round"}  # Python's words, too
    assert (words | used) & (set(TABLE) - everyday) == set()
    assert set(rooms_imported(HOME / "engine" / "graph.py")) <= {"engine"}


def test_the_engine_can_be_read_in_one_evening():
    """Nodes, table and the way back, docstrings included."""
    files = ("graph.py", "rules.py", "backward.py")
    lines = {name: len((HOME / "engine" / name).read_text().splitlines()) for name in files}
    assert sum(lines.values()) <= 1000, lines


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HOME.parent)
    return done.stdout.strip()


def test_importing_loads_numpy_and_nothing_heavy():
    heavy = {"sympy", "lark", "matplotlib", "sklearn", "graphviz", "pygraphviz", "jax", "torch", "IPython", "scipy"}
    heavy |= {"safetensors"}
    loaded = run("import sys, tinygrad_edu; print(*sorted(sys.modules))").split()
    assert "numpy" in loaded and not heavy & {name.partition(".")[0] for name in loaded}
    rooms = {name.split(".")[1] for name in loaded if name.startswith("tinygrad_edu.")}
    assert not rooms & {"derivation", "checking", "reading", "picture", "source", "shell", "training"}


def test_a_room_loads_when_it_is_asked_for():
    assert run("import sys, tinygrad_edu as tg; tg.optim.SGD; print('tinygrad_edu.optim' in sys.modules)") == "True"
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        tg.no_such_name  # noqa: B018
    assert {"derive", "draw", "jit", "nn", "losses", "grad", "Tensor"} <= set(dir(tg))


def test_what_a_star_brings():
    names = set(run("from tinygrad_edu import *; print(*dir())").split())
    assert {"Tensor", "Value", "grad", "softmax", "einsum", "linalg", "no_grad", "where"} <= names
    assert {"draw", "page", "derive", "jit", "nn", "optim", "losses", "datasets", "to_numpy", "value_and_grad"} <= names
    assert not {"np", "math", "Any", "annotations", "rules", "functions", "array", "Node"} & names
    assert (
        not (
            {*dir(builtins), *sys.stdlib_module_names}
            - {"__doc__", "__loader__", "__name__", "__package__", "__spec__"}
        )
        & names
    )
    assert not {"sum", "abs", "max", "min", "any", "all", "round", "pow", "copy"} & names
    assert {"sum", "abs", "max", "min", "any", "all", "round", "copy"} <= set(dir(tg))


def test_every_name_in_the_contents_is_there():
    for name in [*tg.__all__, *tg._LATER]:
        assert getattr(tg, name) is not None
    assert len(tg.__all__) == len(set(tg.__all__))


@pytest.mark.parametrize(
    ("package", "use", "extra"),
    [
        ("sympy", "tg.derive(loss, x)", "derive"),
        ("lark", "tg.derive(loss, x).check(chr(92) + 'frac{2 x}{1}')", "derive"),
        ("jax", "tg.jit(lambda a: a * 2, backend='jax')(2.0)", "jax"),
        ("sklearn", "tg.datasets.breast_cancer()", "train"),
        ("safetensors", "tg.save('m', tg.nn.Linear(1, 1))", "save"),
        ("safetensors", "tg.load('m')", "save"),
    ],
)
def test_what_is_not_installed_is_said_with_the_way_to_get_it(package, use, extra):
    """Where an extra is missing, one line says which."""
    program = f"""
import sys
sys.modules[{package!r}] = None
import tinygrad_edu as tg
x = tg.Tensor([1.0, 2.0], name="x")
loss = (x * x).sum()
try:
    {use}
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    (line,) = done.stdout.splitlines()
    assert f"tinygrad_edu[{extra}]" in line and "pip install" in line


def test_every_error_is_in_the_tree_and_is_a_built_in_too():
    errors = importlib.import_module("tinygrad_edu.errors")
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert kind.__doc__ and name in errors.__doc__
        assert issubclass(kind, errors.TinygradEduError)
        assert kind is errors.TinygradEduError or issubclass(
            kind, (ValueError, TypeError, RuntimeError, FloatingPointError)
        )


def test_no_error_is_defined_elsewhere():
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and path.name != "errors.py":
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                assert not any(base.endswith(("Error", "Exception")) for base in bases), f"{path}: {node.name}"
