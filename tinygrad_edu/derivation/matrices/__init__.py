"""Derivations in matrix notation: index expressions turned into products of matrices, and how these are written."""
