"""The numbers of the derivation: SymPy's expressions, entry by entry, with the table's operations on them."""
