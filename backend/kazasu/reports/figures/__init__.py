"""Figures that come from elsewhere, typed by a person with their source: told rates, and the terminal's own counts."""

from kazasu.reports.figures.kind import Figure, FigureKind, Month, month_of, month_text, months_between

__all__ = ["Figure", "FigureKind", "Month", "month_of", "month_text", "months_between"]
