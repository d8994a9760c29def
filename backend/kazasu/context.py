"""What a request or a worker of this facility has to work with. Handed in, never global."""

from dataclasses import dataclass, replace
from typing import Self

from kazasu.clock import Clock
from kazasu.db import Database
from kazasu.facility import Facility
from kazasu.gateway import Gateway
from kazasu.journal import Journal
from kazasu.keys import Keys
from kazasu.keys.declaration import DeclarationKeys
from kazasu.rulebook import read_folder
from kazasu.rules.rulebook import Rulebook
from kazasu.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The server of one facility."""

    settings: Settings
    facility: Facility
    database: Database
    keys: Keys
    clock: Clock
    gateway: Gateway | None = None
    """The way to the national system; None until one is set: inquiries then wait and say so."""
    url: str = ""
    """Under which devices reach this server; for enrolment codes."""
    rules_of_a_moment: Rulebook | None = None

    @property
    def rulebook(self) -> Rulebook:
        """The rules with the facility's own laid over, as its files stand now."""
        return self.rules_of_a_moment or read_folder(self.settings.home).rulebook

    def of_one_moment(self) -> Self:
        """The same with the rules as they stand now: one piece of work is judged by one rulebook, and reads it once."""
        return replace(self, rules_of_a_moment=self.rulebook)

    @property
    def declaration_keys(self) -> DeclarationKeys:
        """One key for each declaration that something outlasting the database holds."""
        return DeclarationKeys(self.settings.declaration_keys_folder, self.keys.storage)

    @property
    def journal(self) -> Journal:
        """What no restored backup may undo is written here first."""
        return Journal(self.settings.journal_folder, self.facility.id)
