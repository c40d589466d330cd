"""The signs, letters and commands of a formula, each with the piece that it becomes: tables, which `lexer` looks up."""

from __future__ import annotations

# Letters of full width, as Chinese and Japanese keyboards type them, and the ASCII letters they stand for
NARROW = {0xFF01 + n: 0x21 + n for n in range(94)} | {ord("。"): ".", ord("、"): ",", ord("\u3000"): " "}

# Commands that change how something looks, not what it is
SILENT = {
    "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
    "Biggl", "Biggr", "limits", "nolimits", "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle",
    "mathstrut", "nonumber", "notag", "hfill", "hspace", "vspace", "phantom", "mathop", "mathrel", "mathbin",
    "mathord", "mathopen", "mathclose", "mathpunct", "normalsize", "large", "Large", "small", "scriptsize",
    "strut", "allowbreak", "qed", "square", "blacksquare", "Box", "checkmark", "relax", "enspace", "thinspace",
    "negthinspace", "centering",
}  # fmt: skip
STYLES = {
    "mathbf", "boldsymbol", "bm", "pmb", "bold", "mathrm", "mathit", "mathsf", "mathtt", "mathcal", "mathscr",
    "mathfrak", "mathbb", "text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal", "operatorname",
    "underline", "vec", "overrightarrow", "mathnormal", "symbf", "symbfit", "mbox", "hbox", "emph", "rm", "bf",
    "it", "sf", "cal", "tt", "boldmath", "overset", "stackrel", "underset", "mathds", "mathbbm",
}  # fmt: skip
# Commands around a formula that leave it as it is, and how many of their arguments come before it
FRAMES = {
    "boxed": 0, "fbox": 0, "framebox": 0, "bbox": 0, "cancel": 0, "bcancel": 0, "xcancel": 0, "ensuremath": 0,
    "underbrace": 0, "overbrace": 0, "color": 1, "textcolor": 1, "colorbox": 1, "fcolorbox": 2, "class": 1, "cssId": 1,
}  # fmt: skip
ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
            "dot": "dot", "check": "check"}  # fmt: skip
SIGNS = {
    "cdot": ("TIMES", "·"), "times": ("TIMES", "·"), "ast": ("TIMES", "⊙"), "star": ("TIMES", "⊙"),
    "odot": ("TIMES", "⊙"), "circ": ("TIMES", "⊙"), "bullet": ("TIMES", "⊙"), "otimes": ("TIMES", "⊗"),
    "bigodot": ("TIMES", "⊙"), "div": ("SLASH", "/"), "slash": ("SLASH", "/"),
    "oslash": ("SLASH", "/"), "pm": ("OTHER", "±"),
    "sum": ("BIG", "sum"), "prod": ("BIG", "prod"), "partial": ("PARTIAL", "∂"), "nabla": ("NABLA", "∇"),
    "triangledown": ("NABLA", "∇"), "bigtriangledown": ("NABLA", "∇"),
    "lVert": ("LBAR", "2"), "rVert": ("RBAR", "2"), "Vert": ("BAR", "2"), "|": ("BAR", "2"), "lvert": ("LBAR", "1"),
    "rvert": ("RBAR", "1"), "vert": ("BAR", "1"), "mid": ("BAR", "1"), "{": ("LPAR", "{"), "}": ("RPAR", "}"),
    "lbrace": ("LPAR", "{"), "rbrace": ("RPAR", "}"), "lbrack": ("LPAR", "["), "rbrack": ("RPAR", "]"),
    "langle": ("LPAR", "⟨"), "rangle": ("RPAR", "⟩"), "top": ("TOP", "T"), "intercal": ("TOP", "T"),
    "transp": ("TOP", "T"),
    "trans": ("TOP", "T"), "prime": ("PRIME", "'"), "neq": ("RELATION", "not_equal"), "ne": ("RELATION", "not_equal"),
    "leq": ("RELATION", "less_equal"), "le": ("RELATION", "less_equal"), "geq": ("RELATION", "greater_equal"),
    "ge": ("RELATION", "greater_equal"), "lt": ("RELATION", "less"), "gt": ("RELATION", "greater"),
    "leqslant": ("RELATION", "less_equal"), "geqslant": ("RELATION", "greater_equal"), "in": ("IN", "∈"),
    "equiv": ("EQ", "="), "coloneqq": ("EQ", "="), "triangleq": ("EQ", "="),
    "leftarrow": ("EQ", "="), "longleftarrow": ("EQ", "="), "gets": ("EQ", "="), "implies": ("ARROW", "⇒"),
    "Rightarrow": ("ARROW", "⇒"), "Longrightarrow": ("ARROW", "⇒"), "iff": ("ARROW", "⇒"), "therefore": ("ARROW", "⇒"),
    "Leftrightarrow": ("ARROW", "⇒"), "rightarrow": ("ARROW", "⇒"), "to": ("ARROW", "⇒"),
    "forall": ("PROSE", "for all"), "land": ("PROSE", "and"), "wedge": ("PROSE", "and"), "lor": ("PROSE", "or"),
    "vee": ("PROSE", "or"),
    "quad": ("QUAD", ""), "qquad": ("QUAD", ""), "dots": ("DOTS", "…"), "ldots": ("DOTS", "…"), "cdots": ("DOTS", "…"),
    "colon": ("COLON", ":"), "over": ("OVER", ""), "ell": ("WORD", "ell"), "infty": ("OTHER", "∞"),
    "dag": ("OTHER", "†"), "dagger": ("OTHER", "†"), "because": ("ARROW", "⇒"), "infin": ("OTHER", "∞"),
}  # fmt: skip
LETTERS = {
    "+": ("PLUS", "+"), "-": ("MINUS", "-"), "−": ("MINUS", "-"), "–": ("MINUS", "-"), "*": ("TIMES", "*"),
    "·": ("TIMES", "·"), "⋅": ("TIMES", "·"), "×": ("TIMES", "·"), "∙": ("TIMES", "·"), "•": ("TIMES", "·"),
    "⊙": ("TIMES", "⊙"), "∘": ("TIMES", "⊙"), "∗": ("TIMES", "⊙"), "⊗": ("TIMES", "⊗"), "@": ("TIMES", "·"),
    "/": ("SLASH", "/"), "÷": ("SLASH", "/"), "∕": ("SLASH", "/"),
    "⊘": ("SLASH", "/"), "(": ("LPAR", "("), ")": ("RPAR", ")"),
    "[": ("LPAR", "["), "]": ("RPAR", "]"), "⟨": ("LPAR", "⟨"), "⟩": ("RPAR", "⟩"), "{": ("LBRACE", "{"),
    "}": ("RBRACE", "}"), "|": ("BAR", "1"), "‖": ("BAR", "2"), "∥": ("BAR", "2"), "=": ("EQ", "="), "≡": ("EQ", "="),
    "←": ("EQ", "="), "⟵": ("EQ", "="), "≔": ("EQ", "="),
    "≠": ("RELATION", "not_equal"), "<": ("RELATION", "less"), ">": ("RELATION", "greater"),
    "≤": ("RELATION", "less_equal"), "≥": ("RELATION", "greater_equal"), "∈": ("IN", "∈"), "∑": ("BIG", "sum"),
    "Σ": ("BIG", "sum"), "∏": ("BIG", "prod"),
    "Π": ("BIG", "prod"), "∂": ("PARTIAL", "∂"), "𝜕": ("PARTIAL", "∂"), "∇": ("NABLA", "∇"), "▽": ("NABLA", "∇"),
    ",": ("COMMA", ","), ";": ("COMMA", ";"), ":": ("COLON", ":"), ".": ("DOT", "."), "…": ("DOTS", "…"),
    "⋯": ("DOTS", "…"),
    "√": ("ROOT", "√"), "⇒": ("ARROW", "⇒"), "⟹": ("ARROW", "⇒"), "→": ("ARROW", "⇒"), "∀": ("PROSE", "for all"),
    "∧": ("PROSE", "and"), "∨": ("PROSE", "or"),
    "⊤": ("TOP", "T"), "⋆": ("TIMES", "⊙"),
    "𝟙": ("WORD", "𝟙"), "𝟏": ("WORD", "𝟏"), "𝟭": ("WORD", "𝟏"),
}  # fmt: skip
PROSE = {
    "so", "thus", "hence", "where", "and", "for", "if", "with", "then", "therefore", "since", "or", "is", "i.e.",
    "because", "otherwise", "else", "when", "whenever", "wherever", "provided", "assuming", "unless", "für", "wenn",
    "falls",
}  # fmt: skip
UPRIGHT = {
    "text", "textrm", "textbf", "textit", "mathrm", "operatorname", "mbox", "textnormal", "mathit", "textsf",
}  # fmt: skip
COMPARISONS = {"!=": "not_equal", "<=": "less_equal", ">=": "greater_equal", "==": "equal"}
COMMAND_WORDS = {"Sigma": "Sigma", "vartheta": "theta", "varepsilon": "epsilon", "varphi": "phi", "varrho": "rho"}
SWITCHES = ("rm", "bf", "it", "sf", "cal", "tt", "boldmath")  # they hold for what follows in the same group
# Words that begin or join conditions, and those of the last of several cases
CONDITIONS = {"if", "for", "when", "and", "如果", "若", "当", "且", "si", "wenn", "falls"}
JOINING = {"and": "AND", "且": "AND", "und": "AND", "et": "AND", "or": "OR", "或": "OR", "oder": "OR", "ou": "OR"}
OTHERWISE = {"otherwise", "else", "其他", "否则", "sonst", "sinon"}
# With these, prose of another script begins: where, here, that is, so, for, otherwise, if, and, then
FOREIGN_PROSE = (
    "其中", "式中", "已知", "且已知", "由于", "因为", "这里", "即", "所以", "因此", "故", "则", "得",
    "对于", "对所有", "其他", "否则", "如果", "若",
    "当", "且", "где", "для", "иначе", "если",
)  # fmt: skip
CASES = ("cases", "dcases", "rcases")
TABLES = ("array", "aligned", "align", "gathered", "split")  # cases, too, where a brace stands in front
UNREAD_ENVIRONMENTS = ("matrix", "pmatrix", "bmatrix", "vmatrix", "smallmatrix")
