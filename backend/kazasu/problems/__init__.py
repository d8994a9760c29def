"""Problems as answers (RFC 9457): one registry, one exception."""

from kazasu.problems.error import ProblemError
from kazasu.problems.registry import REGISTRY, URN, Problem, Text

__all__ = ["REGISTRY", "URN", "Problem", "ProblemError", "Text"]
