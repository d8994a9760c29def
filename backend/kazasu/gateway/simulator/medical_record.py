"""The simulator's medical records: synthetic, each marked 訓練 / EXERCISE, the same for the same person for ever.

They go out as a result file and are read back from it, so that an exercise takes the road that a terminal's file takes.
Must never hold anything of anyone real.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree

from kazasu.gateway.medical import (
    PARTS,
    MedicalEntry,
    MedicalForm,
    MedicalPart,
    MedicalRefusedError,
    MedicalRequest,
    MedicalSection,
)
from kazasu.gateway.medical_file import read_result, result_file

__all__ = ["medical_records"]

_MARK: Final = "訓練 EXERCISE"
_P = MedicalPart
_NAMES: Final[Mapping[MedicalPart, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        _P.MEDICATION: ("MedicineName", ("訓練錠A 5mg", "訓練カプセルB 100mg", "訓練テープC 20mg", "訓練吸入液D")),
        _P.TREATMENT: ("MedicalActName", ("訓練検査料", "訓練指導管理料", "訓練処置")),
        _P.SURGERY: ("OperationName", ("訓練手術甲", "訓練手術乙")),
        _P.CHECK_UPS: ("ItemName", ("訓練項目 腹囲 85cm", "訓練項目 血圧 128/76", "訓練項目 HbA1c 5.6")),
        _P.DIAGNOSIS_NAMES: ("DiseaseName", ("訓練病名甲", "訓練病名乙")),
        _P.INFECTIONS: ("InfectionName", ("訓練感染症なし",)),
        _P.ALLERGIES: ("AllergenName", ("訓練アレルゲン（卵）", "訓練アレルゲン（薬）")),
        _P.CONTRAINDICATIONS: ("DrugName", ("訓練禁忌薬",)),
        _P.TESTS: ("TestName", ("訓練検査 Cr 0.8", "訓練検査 K 4.1")),
        _P.PRESCRIPTIONS: ("PrescribedName", ("訓練処方 14日分",)),
    }
)


def medical_records(request_octets: bytes, request: MedicalRequest, person: str | None) -> tuple[MedicalSection, ...]:
    """What the terminal would give for this very request file; nothing where the number names nobody."""
    asked = ElementTree.fromstring(request_octets)  # noqa: S314 - written by ourselves a moment ago
    if request.form is not MedicalForm.XML:
        raise MedicalRefusedError("refused")
    sections = []
    if person is not None:
        months = asked.findtext(".//StartDate") or "", asked.findtext(".//EndDate") or ""
        sections = [_section(part, person, months) for part in PARTS[request.kind]]
    octets = result_file(sections, reference=asked.findtext(".//ArbitraryFileIdentifier") or "")
    return read_result(octets, request)


def _section(part: MedicalPart, person: str, months: tuple[str, str]) -> MedicalSection:
    tag, names = _NAMES[part]
    digest = hashlib.sha256(f"exercise medical {person} {part}".encode()).digest()
    count = 1 + digest[0] % len(names)
    entries = []
    for index in range(count):
        month = f"2026{1 + digest[1 + index] % 10:02d}"
        if part is _P.MEDICATION and not _is_between(month, *months):
            continue
        day = f"{month}{1 + digest[9 + index] % 28:02d}"
        fields = (("Notice", _MARK), ("Date", day), (tag, names[(digest[0] + index) % len(names)]))
        entries.append(MedicalEntry(fields))
    return MedicalSection(part, tuple(entries))


def _is_between(month: str, since: str, until: str) -> bool:
    return (not since or since <= month) and (not until or month <= until)
