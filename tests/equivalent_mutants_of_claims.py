"""The mutants of checking and source that no test can notice, with the reasons why, for `equivalent_mutants.py`."""

from __future__ import annotations

EQUIVALENT_OF_CLAIMS: dict[tuple[str, str, str], str] = {
    ("checking/factors.py", "for powers in _monomials(list(lengths[0])):", "1"): "every trial has the same sizes",
    (
        "checking/factors.py",
        "fixed = {letter: n for letter, n in lengths[0].items() if all(each[letter] == n for each in lengths)}",
        "1",
    ): "every trial has the same sizes",
    (
        "checking/factors.py",
        "if n > 2 and abs(c - sign * float(n) ** power) <= 1e-8 * abs(c):",
        "abs(c - sign * float(n) ** power) < 1e-08 * abs(c)",
    ): "no number lies on the bound",
    (
        "checking/factors.py",
        "if np.max(np.abs(rest - rest[0])) <= rtol * np.max(np.abs(rest)):",
        "1",
    ): "what is compared is equal but for rounding",
    (
        "checking/factors.py",
        "down = _powers({s: -p for s, p in self.powers.items() if p < 0})",
        "1",
    ): "a power is whole, and never 0",
    (
        "checking/factors.py",
        "up = _powers({s: p for s, p in self.powers.items() if p > 0})",
        "p >= 0",
    ): "a power is whole, and never 0",
    (
        "checking/factors.py",
        "if abs(abs(self.number) - 1.0) > 1e-9:",
        "abs(abs(self.number) - 1.0) >= 1e-09",
    ): "no number lies on the bound",
    (
        "checking/factors.py",
        "return Factor(0.0) if largest <= rtol else None",
        "largest < rtol",
    ): "no number lies on the bound",
    (
        "checking/factors.py",
        "if np.max(np.abs(c - c[0])) <= rtol * largest:",
        "1",
    ): "what is compared is equal but for rounding",
    ("checking/factors.py", "for chosen in combinations(letters[:6], count):", "7"): "a size more is tried",
    ("checking/factors.py", "return Factor(float(rest[0]), powers)", "1"): "what is compared is equal but for rounding",
    (
        "checking/factors.py",
        "if np.max(np.abs(rest - rest[0])) <= rtol * np.max(np.abs(rest)):",
        "np.max(np.abs(rest - rest[0])) < rtol * np.max(np.abs(rest))",
    ): "no number lies on the bound",
    (
        "checking/factors.py",
        "self.exact = near if abs(float(near) - number) <= 1e-8 * abs(number) else number",
        "abs(float(near) - number) < 1e-08 * abs(number)",
    ): "no number lies on the bound",
    (
        "checking/factors.py",
        "down = _powers({s: -p for s, p in self.powers.items() if p < 0})",
        "p <= 0",
    ): "a power is whole, and never 0",
    (
        "checking/factors.py",
        "if np.max(np.abs(c - c[0])) <= rtol * largest:",
        "np.max(np.abs(c - c[0])) < rtol * largest",
    ): "no number lies on the bound",
    ("checking/factors.py", "for one, other in combinations(letters[:6], 2):", "7"): "a size more is tried",
    (
        "checking/rewritten.py",
        "if isinstance(tree, Terms) and (inner := _body(tree.terms[0])) is not None and tree.signs[0] > 0:",
        "tree.signs[0] >= 0",
    ): "a sign is 1 or −1",
    (
        "checking/rewritten.py",
        "elif isinstance(tree, Terms) and isinstance(tree.terms[0], Quotient) and tree.signs[0] > 0:",
        "tree.signs[0] >= 0",
    ): "a sign is 1 or −1",
    (
        "checking/rewritten.py",
        "while isinstance(terms[0], Terms) and signs[0] > 0:",
        "signs[0] >= 0",
    ): "a sign is 1 or −1",
    (
        "checking/rewritten.py",
        "return term if signs[0] > 0 else Negative(tree.at, term)",
        "signs[0] >= 0",
    ): "a sign is 1 or −1",
    (
        "checking/rewritten.py",
        "signs = (1, *(sign * tree.signs[first] for sign in tree.signs[first + 1 : last + 1]))",
        "sign / tree.signs[first]",
    ): "a sign is 1 or −1",
    (
        "checking/paths.py",
        "if scale <= 1e-12 * max(1.0, float(np.max(np.abs(self.whole)))):",
        "scale < 1e-12 * max(1.0, float(np.max(np.abs(self.whole))))",
    ): "no number lies on the bound",
    ("checking/paths.py", "_ENOUGH = 24  # findings of one kind", "25"): "one finding more is looked for",
    (
        "checking/points.py",
        "return held * (1.0 + rng.choice([-1.0, 1.0], held.shape) * rng.uniform(0.3, 1.0, held.shape) * 2.0**-50)",
        "1.0 - rng.choice([-1.0, 1.0], held.shape) * rng.uniform(0.3, 1.0, held.shape) * 2.0 ** (-50)",
    ): "the other way is as good",
    (
        "checking/points.py",
        "return held * (1.0 + rng.choice([-1.0, 1.0], held.shape) * rng.uniform(0.3, 1.0, held.shape) * 2.0**-50)",
        "held / (1.0 + rng.choice([-1.0, 1.0], held.shape) * rng.uniform(0.3, 1.0, held.shape) * 2.0 ** (-50))",
    ): "the other way is as good",
    (
        "checking/evidence.py",
        "return bool(np.count_nonzero(sizes > LOOSE**4 * np.max(sizes, initial=0.0)) > 1) or factor.is_small",
        "2",
    ): "two numbers are explained by small factors only",
    ("checking/paths.py", "if len(found) >= _ENOUGH:", "if False:"): "more findings are looked for, which takes longer",
    ("checking/paths.py", "if len(found) >= _ENOUGH:", "len(found) > _ENOUGH"): "one finding more is looked for",
    ("checking/slips.py", "_ENOUGH = 24  # findings of one kind", "25"): "one finding more is looked for",
    ("checking/search.py", "for one, other in combinations(self._frequent_slips()[:44], 2):", "45"): (
        "one slip more is tried"
    ),
    ("checking/search.py", "for flow in flows.all[:14]:", "15"): "one flow more is tried",
    (
        "checking/bare_numbers.py",
        "return abs(value - abs(given)) <= 1e-14 * abs(given)",
        "abs(value - abs(given)) < 1e-14 * abs(given)",
    ): "no number lies on the bound",
    (
        "checking/bare_numbers.py",
        'return Meaning(("−" if sign < 0 else "") + text.format(n=letters), value, sizes)',
        "sign <= 0",
    ): "a sign is 1 or −1",
    (
        "checking/bare_numbers.py",
        'return Meaning(("−" if sign < 0 else "") + text.format(n=letters), value, sizes)',
        "1",
    ): "a sign is 1 or −1",
    (
        "checking/closures.py",
        "known = list(_referred(function)) if known is None else known",
        "list(_referred(function)) if True else known",
    ): "what it refers to is found again",
    (
        "checking/evidence.py",
        "return bool(number_and_powers and abs(factor.at(self.recording.sizes.letters()) - 1.0) <= 1e-8)",
        "abs(factor.at(self.recording.sizes.letters()) - 1.0) < 1e-08",
    ): "no number lies on the bound",
    (
        "checking/claimed.py",
        "if step <= 0.01 * largest and np.all(np.abs(np.round(trial.claimed, digits) - trial.claimed) <= 1e-12):",
        "np.abs(np.round(trial.claimed, digits) - trial.claimed) < 1e-12",
    ): "no number lies on the bound",
    (
        "checking/claimed.py",
        "close = np.abs(trial.claimed - trial.truth) <= 0.5000001 * step",
        "np.abs(trial.claimed - trial.truth) < 0.5000001 * step",
    ): "no number lies on the bound",
    ("checking/fresh_numbers.py", "if found is None:", "if True:"): "the same kind is found again",
    (
        "checking/lines.py",
        'called = ["", *(numbers or range(1, len(verdicts) + 1))]',
        "2",
    ): "nobody asks for a number more",
    ("checking/judge.py", "if judge is None:", "if True:"): "another judge of the same gradient says the same",
    (
        "checking/judge.py",
        'node: Any = self.replay.names.get(left.about) if left.kind == "symbol" else None',
        "self.replay.names.get(left.about) if True else None",
    ): "a gradient on the left is read from the graph by later lines in any case",
    (
        "checking/judge.py",
        "return None if others or (one and other and one != other) else read",
        "None if False or (one and other and one != other) else read",
    ): "a left side is one claim",
    ("checking/judge.py", "if weight == 1:", "if False:"): "the first of the lightest is taken in any case",
    (
        "checking/judge.py",
        "_MOST_EXPLAINED = 4  # of the ways to understand a wrong claim, so many are explained",
        "5",
    ): "one way more is explained",
    ("checking/judge.py", "_MOST_CANDIDATES = 12", "13"): "one candidate more is named",
    (
        "checking/speaker.py",
        'words["wrong"] = slip_text(finding.slip, place) if finding.slip is not None else ""',
        "slip_text(finding.slip, place) if True else ''",
    ): "what is no slip cannot be written",
    (
        "checking/speaker.py",
        "for value, meaning, first in zip(self.replay.numbers, tried.meanings, likeliest, strict=True)",
        "False",
    ): "all are of one length",
    (
        "checking/unexplained.py",
        "if all(m.shape == h.shape and m.any() and np.all(h[m]) for m, h in zip(masks, hits, strict=True)):",
        "False",
    ): "both are of one length",
    ("checking/rewritten.py", "if last is None:", "if False:"): "a power of None is none",
    ("checking/rewritten.py", "if base is not None:", "if True:"): "None is none of the forms",
    ("checking/rewritten.py", "MOST = 700  # changes of one claim", "701"): "one change more is tried",
    ("checking/alterations.py", "@dataclass(frozen=True)", "False"): "nothing is ever put into it",
    (
        "checking/replay.py",
        "rng = np.random.default_rng(6000 + number - bool(turned))",
        "6000 - number",
    ): "other numbers are drawn",
    (
        "checking/replay.py",
        "rng = np.random.default_rng(6000 + number - bool(turned))",
        "6001",
    ): "other numbers are drawn",
    ("checking/replay.py", "rng = np.random.default_rng(1000 + number)", "1000 - number"): "other numbers are drawn",
    ("checking/replay.py", "rng = np.random.default_rng(1000 + number)", "1001"): "other numbers are drawn",
    ("checking/replay.py", "rng = np.random.default_rng(2000 + number)", "2000 - number"): "other numbers are drawn",
    ("checking/replay.py", "rng = np.random.default_rng(2000 + number)", "2001"): "other numbers are drawn",
    ("checking/replay.py", "rng = np.random.default_rng(1001)", "1002"): "other numbers are drawn",
    ("checking/replay.py", "rng = np.random.default_rng(5000 + number)", "5001"): "other numbers are drawn",
    ("checking/replay.py", "rng = np.random.default_rng(5000 + number)", "5000 - number"): "other numbers are drawn",
    ("checking/replay.py", "_SINGULAR = 1e12", "1000000000001.0"): "no number lies on the bound",
    (
        "checking/replay.py",
        "return any(np.any(np.linalg.cond(matrix) > _SINGULAR) for matrix in held)",
        "np.linalg.cond(matrix) >= _SINGULAR",
    ): "no number lies on the bound",
    ("checking/replay.py", "return dict(zip(sizes, sorted(lengths.values()), strict=True))", "False"): (
        "both are of one length"
    ),
    (
        "checking/paths.py",
        "flowing = np.abs(flow.strength) > _SILENT",
        "np.abs(flow.strength) >= _SILENT",
    ): "no number lies on the bound",
    (
        "checking/paths.py",
        "if np.max(np.abs(self.evidence.need - (flow.strength - self.flows.whole))) > LOOSE * scale:",
        "np.max(np.abs(self.evidence.need - (flow.strength - self.flows.whole))) >= LOOSE * scale",
    ): "no number lies on the bound",
    (
        "checking/paths.py",
        "self.all = [flow for flow in self._found if np.max(np.abs(flow.strength - self.whole)) > 1e-6 * scale]",
        "np.max(np.abs(flow.strength - self.whole)) >= 1e-06 * scale",
    ): "no number lies on the bound",
    (
        "checking/paths.py",
        "if not flowing.any() or np.any(np.abs(need[~flowing]) > LOOSE):",
        "np.abs(need[~flowing]) >= LOOSE",
    ): "no number lies on the bound",
    (
        "checking/paths.py",
        "return next((simple for simple in _SIMPLE if abs(number - simple) <= LOOSE), number)",
        "abs(number - simple) < LOOSE",
    ): "no number lies on the bound",
    (
        "checking/paths.py",
        "if exact is None or abs(exact - c) > LOOSE * abs(c) or factor.powers:",
        "abs(exact - c) >= LOOSE * abs(c)",
    ): "no number lies on the bound",
    (
        "checking/paths.py",
        "(each for each in self._found if np.max(np.abs(each.strength - strength)) <= 1e-5 * scale), None",
        "np.max(np.abs(each.strength - strength)) < 1e-05 * scale",
    ): "no number lies on the bound",
    (
        "checking/paths.py",
        "for part, p in zip(parts, edge.positions, strict=True) if len(parts) > 1 else ():",
        "False",
    ): "both are of one length",
    (
        "checking/paths.py",
        "trials = [t for t, speaks in zip(self.evidence.usable, flowing, strict=True) if speaks]",
        "False",
    ): "both are of one length",
    (
        "checking/shapes.py",
        "if all(_is_or_repeats(g, trial) for g, trial in zip(gradients, trials, strict=True)):",
        "False",
    ): "both are of one length",
    (
        "checking/slips.py",
        "if abs(along - need) > LOOSE * (abs(along) + abs(need)) + 1e-9:",
        "abs(along - need) >= LOOSE * (abs(along) + abs(need)) + 1e-09",
    ): "no number lies on the bound",
    (
        "checking/slips.py",
        "for place, right, wrong in zip(places, true, alternatives, strict=True):",
        "False",
    ): "both are of one length",
    (
        "checking/slips.py",
        "slips = {place: each[key].slip for place, each in zip(places, options, strict=True)}",
        "False",
    ): "both are of one length",
    (
        "checking/slips.py",
        "common = [key for key in options[0] if all(key in each for each in options)]",
        "1",
    ): "what all have in common stands in each",
    (
        "checking/trials.py",
        "return bool(np.max(np.abs(a - b)) <= rtol * max(np.max(np.abs(a)), np.max(np.abs(b)), least))",
        "np.max(np.abs(a - b)) < rtol * max(np.max(np.abs(a)), np.max(np.abs(b)), least)",
    ): "no number lies on the bound",
    (
        "checking/trials.py",
        "if any(off <= 100.0 * np.max(np.abs(a - b)) for a, b in pairs):",
        "off < 100.0 * np.max(np.abs(a - b))",
    ): "no number lies on the bound",
    (
        "checking/trials.py",
        "if any(off <= 100.0 * np.max(np.abs(a - b)) for a, b in pairs):",
        "101.0",
    ): "no number lies on the bound",
    (
        "checking/texts.py",
        "yield self._ways_of(variant)[:2], names",
        "3",
    ): "one reading more is tried",
    (
        "checking/texts.py",
        "yield self._ways_of(variant)[:2], changed.how, _around(self.text, changed.at), changed.took",
        "3",
    ): "one reading more is tried",
    (
        "checking/points.py",
        "args = [twin[a] if isinstance(a, Node) else b for a, b in zip(here.args, there.args, strict=True)]",
        "False",
    ): "both are of one length",
    (
        "checking/trials.py",
        "for shake in range(_SHAKES if off <= _RTOL * least else 1):",
        "off < _RTOL * least",
    ): "no number lies on the bound",
    (
        "checking/unexplained.py",
        "if error < 1e-4:",
        "error <= 0.0001",
    ): "no number lies on the bound",
    (
        "checking/unexplained.py",
        "return np.abs(trial.claimed - trial.truth) <= 1e-9 * _scale(trial.truth, trial.claimed)",
        "np.abs(trial.claimed - trial.truth) < 1e-09 * _scale(trial.truth, trial.claimed)",
    ): "no number lies on the bound",
    (
        "checking/sampling.py",
        "return positive_definite if np.linalg.eigvalsh(held).min() > 1e-9 else symmetric",
        "np.linalg.eigvalsh(held).min() >= 1e-09",
    ): "no number lies on the bound",
    (
        "checking/sampling.py",
        "if not free and len(values) > 1 and all(value == int(value) for value in values if abs(value) < 1e9):",
        "abs(value) <= 1000000000.0",
    ): "no number lies on the bound",
    (
        "source/forms.py",
        'return Text(f"np.eye({value.shape[0]})" if value.dtype == float '
        'else f"np.eye({value.shape[0]}, dtype={kind})")',
        "1",
    ): "a unit matrix is square",
    (
        "source/forms.py",
        "CHOICE, COMPARED, SUM, PRODUCT, SIGN, POWER, ATOM = 0, 1, 2, 3, 4, 5, 9",
        "6",
    ): "nothing binds as strongly",
    (
        "source/forms.py",
        "CHOICE, COMPARED, SUM, PRODUCT, SIGN, POWER, ATOM = 0, 1, 2, 3, 4, 5, 9",
        "10",
    ): "nothing binds as strongly",
    (
        "source/compiled.py",
        'if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork',
        "if True:",
    ): "here it is there",
    ("source/compiled.py", "if outside.moving:", "if True:"): "later passes look for changes, and find none",
    (
        "source/compiled.py",
        "self._fast = _dispatch(list(self._programs.values())[-_AT_HAND:][::-1], self._slow)",
        "1",
    ): "programs are tried in another order, and one is the right one",
    (
        "source/compiled.py",
        "_AT_HAND = 4",
        "5",
    ): "one program more is tried first",
    ("source/machine.py", "if self.raising:", "if True:"): "what cannot raise is asked whether it did",
    (
        "source/machine.py",
        "if self.in_parts and self.part_of.get(a, -1) != len(self.parts) - 1:",
        "2",
    ): "no part has that number",
    ("source/recording.py", "if again is not trace:", "if True:"): "a recording does not differ from itself",
    ("source/forms.py", "if given not in self.texts:", "if True:"): "the same text is made again",
    (
        "source/recording.py",
        "for i, node in zip(self.traced, nodes, strict=True):",
        "False",
    ): "both are of one length",
    (
        "source/recording.py",
        "self.trace.out = [x if op is None else None for op, x in zip(self.program.out, self.trace.out, strict=True)]",
        "False",
    ): "both are of one length",
    (
        "source/recording.py",
        "again = Trace(f, values, arguments.enter, naming=False, called=called) if fickle else trace",
        "True",
    ): "nobody asks this recording for names",
    (
        "source/recording.py",
        "Located(f, values, arguments.enter, naming=False)",
        "True",
    ): "nobody asks this recording for names",
    (
        "source/recording.py",
        "Trace(f, values, arguments.enter, naming=False)",
        "True",
    ): "nobody asks this recording for names",
    (
        "source/readable.py",
        "inputs = dict(zip(recording.arguments.traced, self.program.inputs, strict=True))",
        "False",
    ): "both are of one length",
    (
        "source/readable.py",
        "ops = dict(zip(arguments.traced, self.program.inputs, strict=True))",
        "False",
    ): "both are of one length",
    (
        "source/machine.py",
        "held: dict[Op, Any] = dict(zip([*self.program.inputs, *self.drawn], leaves, strict=True))",
        "False",
    ): "both are of one length",
    (
        "source/readable.py",
        "for name, part in [*zip(self.parameters, args, strict=False), *by_name.items()]:",
        "True",
    ): "both are of one length",
    ("source/machine.py", "PART = 1000", "1001"): "a part is a line longer",
    (
        "source/tracing.py",
        "if any(isinstance(value, np.ndarray) for value in node.params.values()):",
        "if True:",
    ): "parameters without arrays are put in their own place",
    (
        "source/tracing.py",
        "if p.index >= self.since:",
        "p.index > self.since",
    ): "the first node is an argument's, which is refused where it is written to",
    ("source/tracing.py", "elif value is not p._data:", "if True:"): "an array is copied into itself",
    (
        "source/tracing.py",
        "if p.index < self.since and p not in self.gradients:",
        "p.index <= self.since",
    ): "the node of that index is an input, which gets no gradient",
    (
        "source/tracing.py",
        "if p.index < self.since and p._grad is not None and not isinstance(p._grad, Node):",
        "p.index <= self.since",
    ): "the node of that index is an input, which gets no gradient",
    (
        "source/tracing.py",
        "if node.index < self.since or node.rule is not None:",
        "node.index <= self.since",
    ): "the node of that index is an input, which refuses to be read by itself",
    (
        "source/tracing.py",
        "self.since = self.inputs[0].index if self.inputs else leaf(Value, 0.0, False).index",
        "True",
    ): "the leaf is asked for its index alone",
    (
        "source/tracing.py",
        "if len(left) != len(entered) or any(a is not b for a, b in zip(entered, left, strict=True)):",
        "False",
    ): "both are of one length, or the first question was answered",
    ("source/reaching.py", "_FAR = 5000", "5001"): "one object more is looked through",
    (
        "source/reaching.py",
        "while pending and len(seen) < _FAR:",
        "len(seen) <= _FAR",
    ): "one object more is looked through",
    (
        "source/reaching.py",
        "if is_ours(x.__code__):",
        "if False:",
    ): "library functions are looked through, too, and hold no generator of the user's",
    ("source/reaching.py", "_MANY = 1000", "1001"): "the numbers of one container more are remembered",
    (
        "source/reaching.py",
        "if len(held) > _MANY:",
        "len(held) >= _MANY",
    ): "the numbers of one container less are remembered",
    (
        "source/linking.py",
        "if value is None or self.dtype is None or not abs(value) <= float(np.finfo(self.dtype).max):",
        "abs(value) < float(np.finfo(self.dtype).max)",
    ): "the largest number stays Python's, and is the same",
    ("source/groups.py", "return False", "return None"): "None is as false",
    ("source/groups.py", "_SMALL = 4096", "4097"): "one number more shares a call, and is the same",
    (
        "source/groups.py",
        "and math.prod(x.shape) <= _SMALL",
        "math.prod(x.shape) < _SMALL",
    ): "an array of as many numbers has a call of its own, and is the same",
    (
        "source/groups.py",
        "if at[x] < group.position:",
        "at[x] <= group.position",
    ): "no product or sum is an operation of a group",
    (
        "source/program.py",
        "if isinstance(a, Node) or isinstance(b, Node):",
        "isinstance(a, Node) and isinstance(b, Node)",
    ): "NumPy finds no node equal to a number",
    (
        "source/machine.py",
        "for op, x in zip(self.program.out, trace.out, strict=True)",
        "False",
    ): "both are of one length",
}
