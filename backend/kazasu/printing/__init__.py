"""Pages to print and to file: A4, Japanese, fonts embedded as subsets, an exercise marked on every page.

Knows no form and no report: those that print bring their content. Nothing of the system it runs on is needed.
"""

from kazasu.printing.glyph import GETA, printable, unprintable
from kazasu.printing.sheet import Align, Sheet

__all__ = ["GETA", "Align", "Sheet", "printable", "unprintable"]
