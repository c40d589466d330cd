"""How gradients come back: nodes that record, the table of rules, the sweep, and the kernels that compute."""
