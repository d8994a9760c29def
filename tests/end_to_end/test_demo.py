"""`bin/demo` as a user runs it: nothing lost, nothing doubled, everything answered, and an exit status that says so."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from harness.pcscd import PrivatePcscd

from kazasu.demo.account import Account

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_DEMO = [sys.executable, "-m", "kazasu.demo", "--once", "--json"]


def _printed(process: subprocess.Popen[str]) -> dict[str, object]:
    out, told = process.communicate(timeout=850)
    assert process.returncode == 0, told
    printed = json.loads(out)
    assert isinstance(printed, dict)
    return printed


def _assert_whole(printed: dict[str, object]) -> None:
    assert printed["recorded"] == printed["accepted"] == printed["answered"] == 10
    # Not on the roster, invalid, and on a phone.
    assert printed["held"] == 3
    assert printed["decided"] == 1
    assert printed["lost"] == printed["duplicated"] == 0


def test_the_day_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(_DEMO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    _assert_whole(_printed(process))


@pytest.mark.pcsc
def test_the_day_goes_through_pcscd_as_well(pcscd: PrivatePcscd) -> None:
    process = pcscd.popen([*_DEMO, "--pcsc"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _assert_whole(_printed(process))


@pytest.mark.parametrize("trouble", ["lost_ids", "duplicated_ids", "unanswered_ids"])
def test_an_account_with_anything_wrong_is_not_clean(trouble: str) -> None:
    account = Account()
    assert account.is_clean
    getattr(account, trouble).append("0" * 32)
    assert not account.is_clean
