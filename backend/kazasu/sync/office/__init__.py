"""Logs as the back office looks at them."""

from kazasu.sync.office.service import (
    BranchEntry,
    LogDetail,
    branches_of,
    device_logs,
    find_log,
    gaps_of,
    held_counts,
    refused_pushes,
)

__all__ = [
    "BranchEntry",
    "LogDetail",
    "branches_of",
    "device_logs",
    "find_log",
    "gaps_of",
    "held_counts",
    "refused_pushes",
]
