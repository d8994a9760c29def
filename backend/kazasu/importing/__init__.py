"""Files that are to be taken over: a roster, a list of visits. What is wrong with a line, and what becomes of it."""

from kazasu.importing.action import Action, Change
from kazasu.importing.fault import ImportFault
from kazasu.importing.line import LineReading

__all__ = ["Action", "Change", "ImportFault", "LineReading"]
