"""What a PDF says and is, told by poppler's programs: another reading of the file than the library that made it."""

import shutil
import subprocess
from pathlib import Path

import pytest


def _run(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (poppler-utils)")
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    return ran.stdout


def _file(folder: Path, octets: bytes) -> str:
    path = folder / "paper.pdf"
    path.write_bytes(octets)
    return str(path)


def text_of(folder: Path, octets: bytes, *, page: int | None = None) -> str:
    """The words as they stand on the paper, of one page or all."""
    pages = [] if page is None else ["-f", str(page), "-l", str(page)]
    return _run("pdftotext", "-layout", *pages, _file(folder, octets), "-")


def facts_of(folder: Path, octets: bytes) -> dict[str, str]:
    """Title, Pages, Page size and the like."""
    lines = _run("pdfinfo", _file(folder, octets)).splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def fonts_of(folder: Path, octets: bytes) -> list[list[str]]:
    """One row for each font: name …, embedded, subset, with Unicode, object number."""
    return [line.split() for line in _run("pdffonts", _file(folder, octets)).splitlines()[2:]]
