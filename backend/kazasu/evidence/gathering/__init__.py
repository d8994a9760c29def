"""Putting a bundle together from the database."""

from kazasu.evidence.gathering.service import gather

__all__ = ["gather"]
