"""One line of a file while it is read: its texts by field, and the faults found so far."""

import unicodedata
from collections.abc import Iterable, Mapping

from kazasu.importing.fault import ImportFault

__all__ = ["LineReading"]


class LineReading:
    """`faults` are those already found; the texts of the fields are looked through for what no field may hold."""

    def __init__(
        self, cells: Mapping[str, str], longest: Mapping[str, int], faults: Iterable[ImportFault] = ()
    ) -> None:
        self.faults = list(faults)
        self._cells = cells
        if any(
            unicodedata.category(character) in ("Cc", "Cs") for text in cells.values() for character in text.strip()
        ):
            # Nobody typed it, no screen shows it, and PostgreSQL keeps no NUL.
            self.fault("row", "control_character")
        for column, most in longest.items():
            if len(self.text(column)) > most:
                self.fault(column, "too_long")

    def fault(self, name: str, why: str, *, is_serious: bool = True) -> None:
        self.faults.append(ImportFault(name, why, is_serious))

    def text(self, name: str) -> str:
        return self._cells.get(name, "").strip()
