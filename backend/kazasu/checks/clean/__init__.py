"""Checks that nothing is wrong with, many at once: the same rows that reading each alone would make."""

from kazasu.checks.clean.run import read_run

__all__ = ["read_run"]
