"""Every reading runs on PostgreSQL too, outside the quick check: what differs there is in tests/contract."""

from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents and item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.slow)
