"""What can go wrong on a device, as types that carry data and no prose; `kazasu_device.say` puts them into words.

None holds a password, a PIN, a token or anything of a patient.
"""

from typing import ClassVar

Datum = str | int | bool | list[str] | None


class DeviceError(Exception):
    """Anything this package raises on purpose; `code` is its stable name in JSON output."""

    code: ClassVar[str] = "device_error"

    def data(self) -> dict[str, Datum]:
        """What a program may want beside the code."""
        return {}


class HomeUnusableError(DeviceError):
    """The device's directory cannot be used: `problem` is `not_ours`, `not_writable` or `damaged:<file>`."""

    code = "home_unusable"

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def data(self) -> dict[str, Datum]:
        return {"problem": self.problem}


class HomeBusyError(DeviceError):
    """Another process of this device is changing the same thing and did not finish in time."""

    code = "home_busy"


class NotEnrolledError(DeviceError):
    """This device belongs to no clinic yet."""

    code = "not_enrolled"


class AlreadyEnrolledError(DeviceError):
    """This directory holds a device already."""

    code = "already_enrolled"


class NoSealingKeyError(DeviceError):
    """The server announced no key to seal to; nothing can be recorded until it does."""

    code = "no_sealing_key"


class DeviceWaitingError(DeviceError):
    """The administrator has not confirmed the device yet."""

    code = "device_waiting"

    def __init__(self, thumbprint: str) -> None:
        super().__init__(thumbprint)
        self.thumbprint = thumbprint

    def data(self) -> dict[str, Datum]:
        return {"thumbprint": self.thumbprint}


class EnrolmentCodeNotValidError(DeviceError):
    """What was typed is no enrolment code; nothing was sent."""

    code = "enrolment_code_not_valid"


class PinMismatchError(DeviceError):
    """The server shows another key than the one whose pin the enrolment code carries."""

    code = "server_not_pinned"


class ServerError(DeviceError):
    """The server could not be asked, or did not answer as it should."""


class ServerUnreachableError(ServerError):
    """No connection: `reason` is `no_connection` or `timeout`."""

    code = "server_unreachable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def data(self) -> dict[str, Datum]:
        return {"reason": self.reason}


class ServerNotTrustedError(ServerError):
    """Whoever answered does not hold the key that enrolment handed over."""

    code = "server_not_trusted"


class ClockWrongError(ServerError):
    """The server's certificate is not valid at the time that this device believes; nothing was sent."""

    code = "clock_wrong"


class ServerAnswerError(ServerError):
    """Something answered that is not our server: a captive portal, a proxy, a damaged answer."""

    code = "server_answer_not_understood"

    def __init__(self, call: str, status: int | None = None) -> None:
        super().__init__(call, status)
        self.call = call
        self.status = status

    def data(self) -> dict[str, Datum]:
        return {"call": self.call, "status": self.status}


class ServerProblemError(ServerError):
    """The server says why not: a problem of its registry, by name."""

    code = "server_problem"

    def __init__(self, name: str, status: int, retry_after_s: int | None = None) -> None:
        super().__init__(name, status)
        self.name = name
        self.status = status
        self.retry_after_s = retry_after_s

    def data(self) -> dict[str, Datum]:
        return {"problem": self.name, "status": self.status}


class ServerKeyChangedError(ServerError):
    """The server names another signing key than enrolment handed over; nothing of it is taken."""

    code = "server_key_changed"


class StaffNotChosenError(DeviceError):
    """Several people are on duty on this device; one has to be named."""

    code = "staff_not_chosen"

    def __init__(self, logins: list[str]) -> None:
        super().__init__()
        self.logins = logins

    def data(self) -> dict[str, Datum]:
        return {"logins": list(self.logins)}


class SignInNeededError(DeviceError):
    """What was asked for is kept under the day key, which only a sign-in brings."""

    code = "sign_in_needed"


class SimulatedReaderRefusedError(DeviceError):
    """A live facility touches real cards only."""

    code = "simulated_reader_refused"


class MedicalConsentRefusedError(DeviceError):
    """An eligibility-only check asks no consent to medical information; nothing was touched."""

    code = "medical_consent_refused"

    def __init__(self, kinds: list[str]) -> None:
        super().__init__()
        self.kinds = kinds

    def data(self) -> dict[str, Datum]:
        return {"kinds": list(self.kinds)}


class MedicalClosedError(ServerError):
    """The server shows no medical information; `reasons` are its codes, each with its sentence in both languages."""

    code = "medical_information_closed"

    def __init__(self, reasons: list[tuple[str, str, str]]) -> None:
        super().__init__([reason for reason, _, _ in reasons])
        self.reasons = reasons

    def data(self) -> dict[str, Datum]:
        return {
            "reasons": [reason for reason, _, _ in self.reasons],
            "because_ja": "".join(ja for _, ja, _ in self.reasons),
            "because_en": " ".join(en for _, _, en in self.reasons),
        }


class NotForPhoneError(DeviceError):
    """A phone gives nothing without its PIN, so that a visual check of it is not possible."""

    code = "visual_check_not_for_phone"


class CardNotShownError(DeviceError):
    """No card came within the time given; nothing was recorded."""

    code = "card_not_shown"

    def __init__(self, waited_s: int) -> None:
        super().__init__()
        self.waited_s = waited_s

    def data(self) -> dict[str, Datum]:
        return {"waited_s": self.waited_s}


class TouchUnfinishedError(DeviceError):
    """The card signed and its certificate was not read: the same card must be touched again. Nothing is recorded."""

    code = "touch_unfinished"

    def __init__(self, check: str, is_kept: bool) -> None:
        super().__init__(check)
        self.check = check
        self.is_kept = is_kept

    def data(self) -> dict[str, Datum]:
        return {"check": self.check, "is_kept": self.is_kept}


class NoUnfinishedTouchError(DeviceError):
    """There is no touch to finish."""

    code = "no_unfinished_touch"


class RepeatDeclinedError(DeviceError):
    """The same card was checked a moment ago, and the check was not wanted again; nothing was recorded."""

    code = "repeat_declined"

    def __init__(self, check: str) -> None:
        super().__init__(check)
        self.check = check

    def data(self) -> dict[str, Datum]:
        return {"check": self.check}


class NotRecordedError(DeviceError):
    """The entry could not be made durable: the check does NOT count. `reason` is a word."""

    code = "not_recorded"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def data(self) -> dict[str, Datum]:
        return {"reason": self.reason}


class InputNotValidError(DeviceError):
    """What came on standard input is not what was asked for; says which part, never its content."""

    code = "input_not_valid"

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part

    def data(self) -> dict[str, Datum]:
        return {"part": self.part}


class DeclarationNotCompleteError(DeviceError):
    """The declaration could not serve as it is; names the fields and what is wrong, never an answer."""

    code = "declaration_not_complete"

    def __init__(self, faults: list[str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults

    def data(self) -> dict[str, Datum]:
        return {"faults": self.faults}


class NotOnThisDeviceError(DeviceError):
    """This device recorded no check of that id."""

    code = "not_on_this_device"

    def __init__(self, check: str) -> None:
        super().__init__(check)
        self.check = check

    def data(self) -> dict[str, Datum]:
        return {"check": self.check}


class IndividualNumberRefusedError(DeviceError):
    """A field that would hold the 12-digit Individual Number: never asked for, never stored."""

    code = "individual_number_refused"
