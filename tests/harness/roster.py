"""Roster entries of the simulator's insured persons, right or wrong."""

from dataclasses import replace
from typing import Any

from kazasu.gateway.simulator import REGISTRY
from kazasu.patients.service import PatientData
from kazasu.rules import InsuredNumber


def data_of(person: str, **changes: Any) -> PatientData:
    """The person's roster entry as it should be, but for the changes."""
    qualification = REGISTRY[person].current[0]
    number = InsuredNumber.proven(
        qualification.insurer_number, qualification.symbol, qualification.number, qualification.branch
    )
    data = PatientData(None, qualification.name, qualification.name_kana, REGISTRY[person].birth_date, "3", number)
    return replace(data, **changes)
