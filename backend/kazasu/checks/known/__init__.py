"""What the database knows of the people, cards and passes that checks name, looked up for many checks at once."""

from kazasu.checks.known.service import Known, Named, find_known

__all__ = ["Known", "Named", "find_known"]
