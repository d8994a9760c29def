"""The exception by which any room answers with a problem of the registry. Imports no framework."""

from typing import Any

from kazasu.problems.registry import REGISTRY, Problem


class ProblemError(Exception):
    """Ends a request with this problem. Members and headers go out to the client: no patient data, no secret.

    `raise ProblemError("push-gap", expected=4)`; a name that is not in the registry is a KeyError, a member that the
    registry does not list a TypeError, so that neither reaches a client.
    """

    def __init__(self, name: str, *, headers: dict[str, str] | None = None, **members: Any) -> None:
        problem = REGISTRY[name]
        if set(members) - set(problem.members):
            raise TypeError(f"{name} has no such members: {sorted(set(members) - set(problem.members))}")
        super().__init__(name)
        self.problem: Problem = problem
        self.members = members
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """The problem as it goes out; `say` is for the person, `detail` for the log of the client."""
        return {
            "type": self.problem.type,
            "title": self.problem.title,
            "status": self.problem.status,
            "detail": f"{self.problem.happened.en} {self.problem.to_do.en}",
            "say": {
                "ja": f"{self.problem.happened.ja}{self.problem.to_do.ja}",
                "en": f"{self.problem.happened.en} {self.problem.to_do.en}",
            },
            **self.members,
        }
