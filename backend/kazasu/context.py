"""What a request or a worker of this facility has to work with. Handed in, never global."""

from dataclasses import dataclass

from kazasu.clock import Clock
from kazasu.db import Database
from kazasu.facility import Facility
from kazasu.keys import Keys
from kazasu.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The server of one facility."""

    settings: Settings
    facility: Facility
    database: Database
    keys: Keys
    clock: Clock
