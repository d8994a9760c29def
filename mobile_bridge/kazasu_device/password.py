"""A staff member's password on its way to the server: shown in no repr, gone after use."""

from typing import NoReturn


class Password:
    """Typed text that shows itself nowhere; `take` gives it out once, for the request."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: str | None = text
        del text

    def take(self) -> str:
        text, self._text = self._text, None
        if text is None:
            raise ValueError("the password was used")
        return text

    def __repr__(self) -> str:
        return "Password(****)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a password is neither copied nor pickled")
