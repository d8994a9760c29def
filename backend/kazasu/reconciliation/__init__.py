"""Holds, and the decisions that close them."""
