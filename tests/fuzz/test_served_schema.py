"""Schemathesis against the served OpenAPI: whatever fits the schema, and whatever does not, is answered without a 5xx,
by what the schema says or by a problem that it documents for this route.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from harness.device_process import DeviceProcess
from harness.server import ServedFacility
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

import checksync as cs
from kazasu.app import schema
from kazasu.problems import REGISTRY
from kazasu_device import Home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_PREFIX = "urn:kazasu:problem:"
_NEVER_ENDS = {"GET /sync/feed/stream"}
"""A stream of events has no end to wait for; its own tests read it."""
_DOCUMENT = schema()
_SCHEMA = schemathesis.openapi.from_dict(_DOCUMENT)
_OPERATIONS = {found.ok().label: found.ok() for found in _SCHEMA.get_all_operations()}
_QUIET = list(HealthCheck)


@dataclass
class Served:
    """A server, and everybody's credentials."""

    server: ServedFacility
    device: DeviceProcess
    enrolled: dict[str, Any]

    def credentials(self, label: str) -> dict[str, str]:
        """Fresh ones each time: a route under test may have ended the last."""
        with httpx.Client(base_url=self.server.url, trust_env=False, timeout=20) as client:
            if _is_for_devices(label):
                home = Home(self.device.home)
                assertion = cs.Assertion(
                    nonce=client.post("/device/nonce").json()["nonce"], facility=home.settings().facility
                )
                body = {"device": self.enrolled["device"], "assertion": cs.sign(assertion, home.signing_key())}
                token = client.post("/device/token", json=body).json()["token"]
            else:
                login = {"login": "administrator", "password": "exercise-password-1"}
                token = client.post("/office/sign-in", json=login).json()["token"]
        return {"Authorization": f"Bearer {token}"}


def _is_for_devices(label: str) -> bool:
    path = label.split(" ")[1]
    return path.startswith(("/sync/logs/", "/sync/feed", "/device/")) and path != "/sync/logs"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    # Random sign-ins fail, all from one address; what the throttle does is tested elsewhere.
    lenient = {"KAZASU_SIGN_IN_ATTEMPTS": "100", "KAZASU_SIGN_IN_WAIT_S": "1"}
    with ServedFacility(folder / "clinic", tls="none", settings=lenient) as server:
        server.add_staff("hanako")
        device = DeviceProcess(folder / "tablet")
        yield Served(server, device, device.enrol_at(server))


def test_the_server_serves_the_schema_that_is_tested(served: Served) -> None:
    answer = httpx.get(f"{served.server.url}/schema/openapi.json", trust_env=False)
    assert answer.json()["paths"].keys() == _DOCUMENT["paths"].keys()


@pytest.mark.parametrize("label", sorted(set(_OPERATIONS) - _NEVER_ENDS))
def test_no_request_is_answered_by_a_server_error_or_an_undocumented_problem(served: Served, label: str) -> None:
    headers = served.credentials(label)
    _holds(served, label, GenerationMode.POSITIVE, headers, examples=5)
    if can_be_wrong(label):
        _holds(served, label, GenerationMode.NEGATIVE, headers, examples=4)


def can_be_wrong(label: str) -> bool:
    """Whether a request can break the schema at all: not where nothing is sent, nor where any text and octets do."""
    operation = _OPERATIONS[label]
    sent = [parameter.definition["schema"] for parameter in operation.iter_parameters()]
    return any("json" in body.media_type for body in operation.body) or any(not _is_any_text(one) for one in sent)


def _is_any_text(found: dict[str, Any]) -> bool:
    forms = found.get("oneOf", [found])
    narrower = {"enum", "format", "pattern", "minLength", "maxLength"}
    return any(form.get("type") == "string" and not narrower & form.keys() for form in forms)


def _holds(served: Served, label: str, mode: GenerationMode, headers: dict[str, str], *, examples: int) -> None:
    operation = _OPERATIONS[label]
    documented = _DOCUMENT["paths"][operation.path][operation.method]["responses"]

    # What fails is told whole and not made smaller first: each try is a request to a real server.
    @settings(
        max_examples=examples, deadline=None, suppress_health_check=_QUIET, database=None, phases=[Phase.generate]
    )
    @given(operation.as_strategy(generation_mode=mode), st.sampled_from((headers, headers, {})))
    def holds(case: schemathesis.Case, credentials: dict[str, str]) -> None:
        case.headers.pop("Authorization", None)
        answer = case.call(base_url=served.server.url, headers=credentials)
        try:
            judge(answer, documented)
        except AssertionError as error:
            error.add_note(case.as_curl_command())
            raise

    holds()


def test_only_operations_that_take_nothing_or_any_text_are_asked_nothing_wrong() -> None:
    never_wrong = {label for label in _OPERATIONS if not can_be_wrong(label)}
    assert {"GET /health", "POST /device/nonce", "GET /logs/{log}"} <= never_wrong
    assert not {"GET /checks", "POST /patients/import/apply", "GET /reports/usage", "POST /visits"} & never_wrong
    assert not {label for label in never_wrong if _OPERATIONS[label].method == "put"}


def judge(answer: Any, documented: dict[str, Any]) -> None:
    """Fails where the answer is none that the schema promises."""
    status = answer.status_code
    assert status < 500, f"{status}: {answer.text[:300]}"
    if status < 400:
        assert str(status) in documented, status
        return
    media = answer.headers.get("content-type", [""])
    assert "application/problem+json" in (media[0] if isinstance(media, list) else media), (status, media)
    body = answer.json()
    name = body["type"].removeprefix(_PREFIX)
    assert body["type"].startswith(_PREFIX)
    assert REGISTRY[name].status == status == body["status"]
    # A method that a path does not have is nobody's operation.
    if status != 405:
        assert name in documented[str(status)]["description"].split(", "), (status, name)


def test_the_server_is_still_well_and_its_log_tells_of_no_fault(served: Served) -> None:
    assert httpx.get(f"{served.server.url}/health", trust_env=False).status_code == 200
    log = Path(served.server.log).read_text("utf-8")
    assert "Traceback" not in log
    served.server.cli("audit", "verify")


def test_a_server_error_and_an_undocumented_problem_are_found() -> None:
    def answer(status: int, name: str) -> httpx.Response:
        body = {"type": _PREFIX + name, "status": status}
        return httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})

    documented = {"409": {"description": "push-gap, log-closed"}}
    judge(answer(409, "push-gap"), documented)
    with pytest.raises(AssertionError):
        judge(answer(409, "conflict"), documented)
    with pytest.raises(AssertionError):
        judge(answer(500, "internal"), documented)
    with pytest.raises(AssertionError):
        judge(httpx.Response(409, text="<html>"), documented)
