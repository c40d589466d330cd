"""What each name in the table computes, for each kind of number."""

from . import memory as memory
