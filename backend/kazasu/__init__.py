"""Kazasu: the clinic's server."""
