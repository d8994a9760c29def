"""`kazasu device …`: the device as a command line, for people and scripts. Imports nothing of the server.

Results go to standard output, everything a person is told meanwhile to standard error. No secret and nothing of a
patient is ever an argument.
"""

from kazasu_device.cli.group import device

__all__ = ["device"]
