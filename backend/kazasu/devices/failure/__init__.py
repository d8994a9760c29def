"""Failures of devices: the last ones with reason and time, and how many of each kind a day."""

from kazasu.devices.failure.noting import failures_noted

__all__ = ["failures_noted"]
