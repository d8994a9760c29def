"""The back office of a facility, as its screens will do it: through the API, over TLS, with a person signed in."""

import ssl
from datetime import datetime
from typing import Any

import httpx

from kazasu.gateway.simulator import Insured


class Office:
    """One person signed in at one server."""

    def __init__(self, url: str, *, certificate_authority: str, login: str, password: str) -> None:
        context = ssl.create_default_context(cadata=certificate_authority)
        self._client = httpx.Client(base_url=url, verify=context, trust_env=False, timeout=30)
        signed_in = self._post("/office/sign-in", {"login": login, "password": password})
        self._client.headers["Authorization"] = f"Bearer {signed_in['token']}"

    def close(self) -> None:
        self._client.close()

    def _post(self, path: str, body: object) -> Any:
        answer = self._client.post(path, json=body)
        answer.raise_for_status()
        return answer.json()

    def _get(self, path: str, **query: str | int) -> Any:
        answer = self._client.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    def _all(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        while True:
            page = self._get(path, limit=100, **query)
            items += page["items"]
            if not page["next"]:
                return items
            query["after"] = page["next"]

    def enrolment_code(self) -> str:
        """A code for one device."""
        return str(self._post("/devices/enrolment-codes", {})["code"])

    def confirm(self, device: str, thumbprint: str) -> None:
        """Confirms a device whose thumbprint was compared."""
        self._post(f"/devices/{device}/confirm", {"thumbprint": thumbprint})

    def add_staff(self, login: str, name: str, password: str, roles: list[str]) -> None:
        """Adds a person."""
        self._post("/staff", {"login": login, "name": name, "password": password, "roles": roles})

    def add_patient(self, insured: Insured, chart_number: str) -> str:
        """Puts a synthetic person on the roster, with the number that the office has on file."""
        on_file = insured.current[0] if insured.current else insured.old
        if on_file is None:
            raise ValueError(f"{insured.key} has no number to be on file")
        number = {
            "insurer_number": on_file.insurer_number.strip(),
            "symbol": on_file.symbol,
            "number": on_file.number,
            "branch": on_file.branch,
        }
        body = {
            "chart_number": chart_number,
            "name": on_file.name,
            "name_kana": on_file.name_kana,
            "birth_date": insured.birth_date.isoformat(),
            "sex": on_file.sex,
            "insured_number": number,
        }
        return str(self._post("/patients", body)["id"])

    def add_visit(self, patient: str, at: datetime, setting: str, device: str) -> str:
        """Books a visit for a device."""
        body = {"patient": patient, "at": at.isoformat(), "setting": setting, "device": device}
        return str(self._post("/visits", body)["id"])

    def check(self, check: str) -> dict[str, Any]:
        """One check with its inquiries, answer and holds."""
        found: dict[str, Any] = self._get(f"/checks/{check}")
        return found

    def open_holds(self, check: str) -> list[dict[str, Any]]:
        """What still holds a check."""
        return self._all("/holds", hold_state="open", check=check)

    def decide(self, hold: str, decision: str, reason: str) -> None:
        """Decides a hold, saying why."""
        self._post(f"/holds/{hold}/decision", {"decision": decision, "reason": reason})
