"""Reading held entries again: when the key returned, the server was updated, the check they name has come."""

from kazasu.checks.rereading.service import REREAD, reread_entry, reread_held

__all__ = ["REREAD", "reread_entry", "reread_held"]
