"""The commands of the shell. Each is a module with `EXAMPLES`, `arguments(parser)` and `run(options) -> exit code`.

One whose arguments argparse would misread has `prepared(arguments, parser)`, which gives them as it can take them.
`formulas` is what those with a LOSS share, `check_note` is `check --file`. A command prints with `print`, colours with
`style.coloured`, and raises `errors.InputError` where its input cannot be read: one line that says what to do.
"""
