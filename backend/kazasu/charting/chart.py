"""Bars and lines. Pure: values in, octets out, the same octets each time.

Letters are drawn in the font that everything is printed in (`kazasu.printing`), and in SVG as shapes, so that neither
the server nor whoever looks needs a font. Matplotlib is loaded with the first picture only; it takes a second.
"""

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from kazasu.printing.glyph import font_file, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Bars", "Chart", "Line", "Lines", "Mark", "draw"]

_LOCK: Final = threading.Lock()
"""Matplotlib promises nothing to several threads at once."""
_BLUE: Final = "#2f6db0"
_PALE: Final = "#b9c7d6"
_RED: Final = "#b00000"
_GREY: Final = "#666666"
_LINE_COLOURS: Final = ("#2f6db0", "#c8641e", "#3f8f4f", "#7a4ea0")
_STYLES: Final = ("-", "--", "-.", ":")
_POINTS: Final = 9.0
_PNG_DPI: Final = 160
_FOOT_INCHES: Final = 0.22
_HEAD_INCHES: Final = 0.22


@dataclass(frozen=True)
class Mark:
    """A level line across the picture: its value and its words."""

    value: float
    label: str


@dataclass(frozen=True)
class Bars:
    """One bar a label, the first at the top. `shown` stands at each bar's end; `emphasised` ones are in full colour."""

    labels: Sequence[str]
    values: Sequence[float]
    shown: Sequence[str]
    emphasised: frozenset[int] = frozenset()
    marks: Sequence[Mark] = ()


@dataclass(frozen=True)
class Line:
    """One line; None where nothing is known, and the line is broken there."""

    label: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Lines:
    """Lines over the same places."""

    places: Sequence[str]
    lines: Sequence[Line]
    steps: Sequence[Line] = field(default=())
    """Lines that hold from place to place, as limits do."""


@dataclass(frozen=True)
class Chart:
    """One picture. `unit` names the values; `note` stands below, for where the figures come from."""

    title: str
    content: Bars | Lines
    unit: str
    note: str
    is_exercise: bool


def draw(chart: Chart, kind: Literal["svg", "png"]) -> bytes:
    """The picture's file."""
    with _LOCK:
        return _drawn(chart, kind)


def _drawn(chart: Chart, kind: Literal["svg", "png"]) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties, fontManager
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    file = str(font_file())
    if file not in {entry.fname for entry in fontManager.ttflist}:
        fontManager.addfont(file)
    settings: dict[Any, Any] = {
        "font.family": FontProperties(fname=file).get_name(),
        "font.size": _POINTS,
        "axes.unicode_minus": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        # A name is no formula, whatever signs are in it.
        "text.parse_math": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "kazasu",
    }
    with matplotlib.rc_context(settings):
        height = _height(chart.content)
        foot, head = _FOOT_INCHES / height, _HEAD_INCHES / height if chart.is_exercise else 0
        layout = ConstrainedLayoutEngine(rect=(0, foot, 1, 1 - foot - head))
        figure = Figure(figsize=(7.2, height), layout=layout)
        axes = figure.add_subplot()
        axes.set_title(printable(chart.title), loc="left", fontsize=_POINTS + 2, pad=10)
        if isinstance(chart.content, Bars):
            _bars(axes, chart.content, chart.unit)
        else:
            _lines(axes, chart.content, chart.unit)
        _notes(figure, chart)
        octets = io.BytesIO()
        # No date and no version, so that the same figures make the same file.
        names = ("Date", "Creator", "Format", "Type") if kind == "svg" else ("Software",)
        # A picture without a ground of its own lets the mark of an exercise's page through.
        ground = "none" if kind == "svg" else "white"
        figure.savefig(octets, format=kind, dpi=_PNG_DPI, metadata=dict.fromkeys(names), facecolor=ground)
    return octets.getvalue()


def _height(content: Bars | Lines) -> float:
    return 1.3 + 0.24 * max(3, len(content.labels)) if isinstance(content, Bars) else 3.6


def _bars(axes: "Axes", bars: Bars, unit: str) -> None:
    places = range(len(bars.labels))
    colours = [_BLUE if not bars.emphasised or place in bars.emphasised else _PALE for place in places]
    axes.set_facecolor("none")
    axes.barh(list(places), list(bars.values), color=colours, height=0.66)
    axes.set_yticks(list(places), [printable(label) for label in bars.labels])
    axes.set_ylim(len(bars.labels) - 0.4, -0.6)
    largest = max([*bars.values, *(mark.value for mark in bars.marks), 0.0])
    axes.set_xlim(0, largest * 1.15 or 1)
    for place, (value, shown) in enumerate(zip(bars.values, bars.shown, strict=True)):
        axes.annotate(
            printable(shown),
            (value, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=_POINTS - 1,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    for mark in bars.marks:
        axes.axvline(mark.value, color=_RED, linewidth=1.2)
        axes.annotate(
            printable(mark.label), (mark.value, -0.6), xytext=(3, 3), textcoords="offset points", color=_RED,
            fontsize=_POINTS - 1, annotation_clip=False,
        )  # fmt: skip
    if all(isinstance(value, int) for value in bars.values):
        from matplotlib.ticker import MaxNLocator

        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(printable(unit))


def _lines(axes: "Axes", lines: Lines, unit: str) -> None:
    axes.set_facecolor("none")
    places = list(range(len(lines.places)))
    for number, line in enumerate(lines.steps):
        values = [float("nan") if value is None else value for value in line.values]
        axes.step(
            [place - 0.5 for place in places] + [len(places) - 0.5], [*values, values[-1]], where="post", color=_GREY,
            linewidth=1, linestyle=_STYLES[(number + 1) % len(_STYLES)], label=printable(line.label),
        )  # fmt: skip
    for number, line in enumerate(lines.lines):
        values = [float("nan") if value is None else value for value in line.values]
        colour = _LINE_COLOURS[number % len(_LINE_COLOURS)]
        axes.plot(places, values, color=colour, marker="o", markersize=4, linewidth=1.6, label=printable(line.label))
    axes.set_xticks(places, [printable(place) for place in lines.places], rotation=45 if len(places) > 8 else 0)
    axes.set_xlim(-0.5, len(places) - 0.5)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(printable(unit))
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=_POINTS - 1, frameon=False)


def _notes(figure: "Figure", chart: Chart) -> None:
    # At the picture's own edges, outside the layout of the rest.
    axes = figure.axes[0]
    axes.annotate(
        printable(chart.note), (0, 0), xycoords="figure fraction", xytext=(6, 4), textcoords="offset points",
        color=_GREY, fontsize=_POINTS - 2, annotation_clip=False,
    ).set_in_layout(False)  # fmt: skip
    if chart.is_exercise:
        axes.annotate(
            "訓練 / EXERCISE", (1, 1), xycoords="figure fraction", xytext=(-6, -4), textcoords="offset points",
            color=_RED, ha="right", va="top", fontsize=_POINTS + 1, annotation_clip=False,
        ).set_in_layout(False)  # fmt: skip
