"""A report as a file to keep: its name says what it is, and never whose."""

from typing import Final, Literal

from litestar import Response

__all__ = ["FileKind", "report_file"]

FileKind = Literal["csv", "pdf", "svg", "png"]
_MEDIA: Final[dict[FileKind, str]] = {
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "png": "image/png",
}


def report_file(octets: bytes, name: str, kind: FileKind, *, is_exercise: bool) -> Response[bytes]:
    """The file, kept by nobody in between."""
    prefix = "EXERCISE-" if is_exercise else ""
    return Response(
        octets,
        media_type=_MEDIA[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{prefix}{name}.{kind}"',
            "Cache-Control": "no-store",
        },
    )
