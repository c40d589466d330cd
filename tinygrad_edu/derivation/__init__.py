"""The derivation of a gradient as a formula, the reading of somebody else's, and what is wrong with it."""
