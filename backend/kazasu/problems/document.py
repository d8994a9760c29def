"""docs/protocol/problem-types.md, made from the registry. `python -m kazasu.problems.document > …` writes it."""

from kazasu.problems.registry import REGISTRY, URN

_HEAD = f"""# Problem types

Every error of the API is `application/problem+json` (RFC 9457). `type` is `{URN}` and one of these names; beside the \
standard members each carries `say` (`ja`, `en`): what happened and what to do, for a person. A name that is in this \
list stays for good. Made from `kazasu.problems.registry` by `python -m kazasu.problems.document`.

| name | status | further members | what happened, what to do |
|---|---|---|---|
"""


def document() -> str:
    """The page."""
    rows = []
    for problem in sorted(REGISTRY.values(), key=lambda problem: problem.name):
        members = ", ".join(f"`{member}`" for member in problem.members)
        say = f"{problem.happened.en} {problem.to_do.en}<br>{problem.happened.ja}{problem.to_do.ja}"
        rows.append(f"| `{problem.name}` | {problem.status} | {members} | {say} |")
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(document(), end="")
