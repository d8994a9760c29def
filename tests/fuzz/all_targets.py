"""Every target. Later ones: a module beside this one that registers them, and its name here."""

from fuzz import card_targets, device_targets, file_targets, protocol_targets, server_targets
from fuzz.target import TARGETS, Target, run

__all__ = ["TARGETS", "Target", "close", "run"]

MODULES = (card_targets, device_targets, file_targets, protocol_targets, server_targets)


def close() -> None:
    """What targets opened is closed."""
    file_targets.close()
    server_targets.close()
    device_targets.close()
