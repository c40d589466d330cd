"""What an operation is stands in its row: the other rooms ask the row, and seldom which operation it is.

A question is counted wherever the name of an operation (`rule.name`, `node.op`, or a variable that holds one) meets a
literal that is a row's name, or a collection or a dict of such literals, and wherever a rule is compared with a named
row (`rule is rules.divide`).
"""

import ast
from pathlib import Path

import tinygrad_edu as tg
from tinygrad_edu.engine.rules import TABLE

HOME = Path(tg.__file__).parent
ALLOWED = 40
IMPORTED = {"KERNELS", "FORMS", "FUNCTIONS"}  # tables that stand in another module than the question
APART = ("engine", "tensors")  # these rooms are where the operations are defined and called


def last_name(node):
    """The b of a.b, and the a of a."""
    return node.attr if isinstance(node, ast.Attribute) else node.id


def modules():
    for path in sorted(HOME.rglob("*.py")):
        if path.relative_to(HOME).parts[0] not in APART:
            yield path


def words(node):
    """The names of rows among the literals of an expression."""
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)} & set(TABLE)


def collections_of_names(tree):
    """What a module calls its collections and dicts of rows or of their names, and those it imports."""
    found = set(IMPORTED)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            literal = node.value
            dicts = [n for n in ast.walk(literal) if isinstance(n, ast.Dict)]
            keys = dicts[0].keys if dicts else [literal]
            if not isinstance(literal, (ast.Attribute, ast.Compare, ast.Constant, ast.BoolOp)) and any(
                key is not None and (words(key) or rows_in(key)) for key in keys
            ):
                found |= {t.id for t in targets if isinstance(t, ast.Name)}
    return found


def rows_in(node):
    """Whether an expression names rows: rules.divide, TABLE["mean"]."""
    return any(
        (isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "rules" and n.attr in TABLE)
        or (isinstance(n, ast.Subscript) and ast.unparse(n.value).endswith("TABLE") and words(n.slice))
        for n in ast.walk(node)
    )


def names_held(tree):
    """The variables that hold a rule's name."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and is_name_of_rule(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def is_name_of_rule(node, held):
    """`rule.name`, `x.rule.name`, `node.op`, or a variable that was set to one."""
    if isinstance(node, ast.Name):
        return node.id in held
    if not isinstance(node, ast.Attribute):
        return False
    if node.attr == "op":
        return True
    base = ast.unparse(node.value)
    return node.attr == "name" and (base.endswith(("rule", "row")) or base == "self.op")


def is_rule(node):
    return isinstance(node, (ast.Name, ast.Attribute)) and last_name(node) in ("rule", "row")


def questions(path):
    """The lines of a module that ask which operation a rule is."""
    tree = ast.parse(path.read_text())
    known, held = collections_of_names(tree), names_held(tree)

    def known_collection(node):
        return isinstance(node, (ast.Name, ast.Attribute)) and last_name(node) in known

    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            named = any(is_name_of_rule(side, held) for side in sides)
            if (named and any(words(side) or known_collection(side) for side in sides)) or (
                any(is_rule(s) for s in sides) and any(rows_in(s) or known_collection(s) for s in sides)
            ):
                yield node.lineno
        elif isinstance(node, ast.Subscript):
            if known_collection(node.value) and (is_name_of_rule(node.slice, held) or is_rule(node.slice)):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            asked = [inner for a in node.args for inner in ast.walk(a)]
            if known_collection(node.func.value) and any(is_name_of_rule(a, held) or is_rule(a) for a in asked):
                yield node.lineno
        elif isinstance(node, ast.Match) and is_name_of_rule(node.subject, held):
            yield from (case.pattern.lineno for case in node.cases if words(case.pattern))


def test_few_questions_ask_which_operation_a_rule_is():
    found = [f"{path.relative_to(HOME)}:{line}" for path in modules() for line in questions(path)]
    assert len(found) <= ALLOWED, f"{len(found)} questions\n" + "\n".join(found)


def test_a_question_is_found_in_whatever_form(tmp_path):
    asked = tmp_path / "asked.py"
    asked.write_text(
        """
VIEWS = frozenset(["reshape", "transpose"])
HANDLERS = {"matmul": print}
_SUM = rules.TABLE["sum"]
def f(node, rule):
    name = rule.name
    if rule.name == "matmul" or node.op in ("getitem", "scatter") or name in VIEWS:
        return HANDLERS.get(name), HANDLERS[rule.name], HANDLERS.get((name, 0))
    match node.rule.name:
        case "sum" | "mean":
            return node.rule is not rules.divide or node.rule is _SUM
    return node.name == "add" or node.rule.infix == "+"
"""
    )
    assert len(list(questions(asked))) == 9
