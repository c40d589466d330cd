"""A playground that shows its work: one HTML file in which a network trains and each gradient is explained."""

from .page import playground

__all__ = ["playground"]
