"""Devices: enrolment, tokens, duty passes, revocation."""

from kazasu.devices.device import Device, DeviceState

__all__ = ["Device", "DeviceState"]
