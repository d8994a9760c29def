"""One document: pages of A4 with head and foot, headings, paragraphs, tables. The base of everything that is printed.

What it cannot do itself (pictures, lines, boxes) is fpdf2's, which it is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from fpdf import FPDF, XPos, YPos
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from kazasu.clock import JAPAN
from kazasu.printing.glyph import font_file, printable
from kazasu.printing.line import lines_of

__all__ = ["Align", "Sheet"]

Align = Literal["left", "center", "right"]

_FONT: Final = "sans"
_MARGIN_MM: Final = 18.0
_FOOT_MM: Final = 16.0
_LINE: Final = 1.5
"""Line height by the letters' height."""
_MM_PER_POINT: Final = 25.4 / 72
_HEADING_POINTS: Final = {1: 16.0, 2: 12.0, 3: 10.5}
_ALIGNS: Final[dict[Align, Literal["LEFT", "CENTER", "RIGHT"]]] = {"left": "LEFT", "center": "CENTER", "right": "RIGHT"}
_GREY: Final = 110
_RED: Final = (190, 0, 0)
_PALE_RED: Final = (247, 224, 224)


class Sheet(FPDF):
    """A document in the making. Millimetres from the top left; letters in points; the first page is there at once.

    `made_at` is printed in the foot and is the file's own date, so that the same content makes the same octets.
    `foot` stands at the left of each foot and may name the facility. `is_exercise` marks each page.
    """

    def __init__(self, *, title: str, is_exercise: bool, made_at: datetime, foot: str = "") -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._is_exercise = is_exercise
        self._foot = foot
        self._made = f"{made_at.astimezone(JAPAN):%Y-%m-%d %H:%M}"
        self.set_creation_date(made_at)
        self.set_title(f"{title}（訓練 / EXERCISE）" if is_exercise else title)
        self.set_producer("Kazasu")
        self.set_lang("ja-JP")
        self.add_font(_FONT, fname=font_file())
        self.set_margins(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_FOOT_MM + 6)
        self.alias_nb_pages("{pages}")
        self.set_font(_FONT, size=10)
        self.add_page()

    def header(self) -> None:
        """The exercise's mark, under whatever the page says."""
        if not self._is_exercise:
            return
        with self.local_context():
            self.set_font(_FONT, size=64)
            self.set_text_color(*_PALE_RED)
            text = "訓練 EXERCISE"
            width = self.get_string_width(text)
            with self.rotation(50, x=self.w / 2, y=self.h / 2):
                self.text((self.w - width) / 2, self.h / 2 + 10, text)
            self.set_font(_FONT, size=10)
            self.set_text_color(*_RED)
            line = "訓練 / EXERCISE：実在の患者・保険者のものではありません"
            self.text((self.w - self.get_string_width(line)) / 2, 11, line)

    def footer(self) -> None:
        """Whose it is, when it was made, which page."""
        with self.local_context():
            self.set_font(_FONT, size=8)
            self.set_text_color(*((_RED) if self._is_exercise else (_GREY, _GREY, _GREY)))
            foot = f"訓練 / EXERCISE　{self._foot}" if self._is_exercise else self._foot
            self.set_xy(_MARGIN_MM, self.h - _FOOT_MM)
            self.cell(self.epw / 2, 5, foot)
            self.cell(self.epw / 2, 5, f"{self._made}　{self.page_no()}/{{pages}}", align="R")

    def normalize_text(self, text: str) -> str:
        """Every text goes through here: what the font has not is shown as missing."""
        return super().normalize_text(printable(text))

    def heading(self, text: str, *, level: Literal[1, 2, 3] = 2, align: Align = "left") -> None:
        """A heading, never the last line of a page."""
        points = _HEADING_POINTS[level]
        height = points * _MM_PER_POINT * _LINE
        if self.will_page_break(height * 3):
            self.add_page()
        self.ln(height * 0.35)
        self.lines(text, points=points, align=align)
        self.ln(height * 0.2)

    def lines(self, text: str, *, points: float = 10, indent_mm: float = 0, align: Align = "left") -> None:
        """Text broken into lines; goes on under its last line."""
        self.set_font(_FONT, size=points)
        height = points * _MM_PER_POINT * _LINE
        width = self.epw - indent_mm
        for line in lines_of(printable(text), width - 2 * self.c_margin, self.get_string_width):
            self.set_x(self.l_margin + indent_mm)
            self.cell(width, height, line, align=_ALIGNS[align][0], new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def text_height(self, text: str, width_mm: float, *, points: float = 10) -> float:
        """How high `text` stands in a column of that width, in millimetres."""
        self.set_font(_FONT, size=points)
        count = len(lines_of(printable(text), width_mm - 2 * self.c_margin, self.get_string_width))
        return count * points * _MM_PER_POINT * _LINE

    def text_box(
        self, text: str, left: float, top: float, width_mm: float, *, points: float = 10, align: Align = "left"
    ) -> float:
        """Text in a column at a place of the page; the millimetres from the top at which it ends. Breaks no page."""
        self.set_font(_FONT, size=points)
        height = points * _MM_PER_POINT * _LINE
        for line in lines_of(printable(text), width_mm - 2 * self.c_margin, self.get_string_width):
            self.set_xy(left, top)
            self.cell(width_mm, height, line, align=_ALIGNS[align][0])
            top += height
        return top

    def grid(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        widths: Sequence[int] | None = None,
        align: Sequence[Align] | None = None,
        points: float = 8.5,
    ) -> None:
        """A table; its head stands again on each page. `widths` are shares of the page's width."""
        self.set_font(_FONT, size=points)
        aligns = [_ALIGNS[one] for one in align] if align is not None else ["LEFT"] * len(head)
        with self.table(
            borders_layout=TableBordersLayout.ALL,
            col_widths=tuple(widths) if widths is not None else None,
            text_align=tuple(aligns),
            line_height=points * _MM_PER_POINT * _LINE,
            padding=0.8,
            first_row_as_headings=True,
            headings_style=FontFace(fill_color=(236, 240, 244)),
            wrapmode="CHAR",
        ) as table:
            for cells in (head, *rows):
                row = table.row()
                for cell in cells:
                    row.cell(cell)
        self.ln(2)

    def to_octets(self) -> bytes:
        """The finished file."""
        return bytes(self.output())
