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
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

import checksync as cs
from kazasu.app import schema
from kazasu.problems import REGISTRY
from kazasu_device import Home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_PREFIX = "urn:kazasu:problem:"
_NEVER_ENDS = {"GET /sync/feed/stream"}
"""A stream of events has no end to wait for; its own tests read it."""
_SCHEMA = schemathesis.openapi.from_dict(schema())
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
    assert answer.json()["paths"].keys() == schema()["paths"].keys()


@pytest.mark.parametrize("is_signed_in", [True, False], ids=["signed in", "anybody"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", sorted(set(_OPERATIONS) - _NEVER_ENDS))
def test_no_request_is_answered_by_a_server_error_or_an_undocumented_problem(
    served: Served, label: str, mode: GenerationMode, is_signed_in: bool
) -> None:
    operation = _OPERATIONS[label]
    headers = served.credentials(label) if is_signed_in else {}
    documented = schema()["paths"][operation.path][operation.method]["responses"]

    @settings(max_examples=12 if is_signed_in else 3, deadline=None, suppress_health_check=_QUIET, database=None)
    @given(operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        case.headers.pop("Authorization", None)
        answer = case.call(base_url=served.server.url, headers=headers)
        judge(answer, documented)

    try:
        holds()
    except schemathesis.errors.InvalidSchema:
        raise
    except Exception as error:
        if type(error).__name__ == "Unsatisfiable" and mode is GenerationMode.NEGATIVE:
            pytest.skip("nothing in this operation can be wrong")
        raise


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
