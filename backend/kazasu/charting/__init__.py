"""Pictures of figures: bars and lines, as SVG whose letters are shapes, and as PNG. Japanese without a system font."""

from kazasu.charting.chart import Bars, Chart, Line, Lines, Mark, draw

__all__ = ["Bars", "Chart", "Line", "Lines", "Mark", "draw"]
