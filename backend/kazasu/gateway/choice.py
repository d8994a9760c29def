"""Which gateway a facility has, from its settings. The only place that builds one."""

from kazasu.clock import Clock
from kazasu.facility.facility import Facility
from kazasu.facility.kind import FacilityKind
from kazasu.gateway.port import Gateway
from kazasu.rules import Configuration, InquiryKey

__all__ = ["UnknownGatewayError", "choose_gateway", "configuration_of"]

_ELIGIBILITY_ONLY_KINDS = frozenset(
    {
        FacilityKind.CHECK_UP_PROVIDER,
        FacilityKind.MIDWIFERY_HOME,
        FacilityKind.OUTSIDE_OBLIGATION,
        FacilityKind.TREATMENT_PRACTICE,
    }
)

# The simulator's own, which a server without one does not import.
_SIMULATED = frozenset({InquiryKey.CERTIFICATE, InquiryKey.INSURED_NUMBER, InquiryKey.CONSENT_FETCH})


class UnknownGatewayError(ValueError):
    """The settings name a gateway that does not exist; `name` is what they say."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def choose_gateway(name: str, facility: Facility, clock: Clock) -> Gateway | None:
    """The gateway of the settings, None for `none`: inquiries then wait and say so.

    The simulator refuses a live facility with `NotAnExerciseError` (invariant 10).
    """
    if name == "none":
        return None
    if name == "simulator":
        from kazasu.gateway.simulator import Simulator

        return Simulator(facility, clock)
    raise UnknownGatewayError(name)


def configuration_of(gateway: str, facility: Facility) -> Configuration:
    """What this facility has to ask with, for the rules.

    It has the equipment of its kind: the terminal where the standard check is made, the eligibility-only app elsewhere.
    An exercise is asked by the simulator instead; without one, looking up and typing can be practised, and what is
    typed is marked as no real answer.
    """
    keys = _SIMULATED if gateway == "simulator" else frozenset()
    if facility.is_exercise and keys:
        return Configuration(gateway_keys=keys)
    is_eligibility_only = facility.kind in _ELIGIBILITY_ONLY_KINDS
    return Configuration(gateway_keys=keys, has_terminal=not is_eligibility_only, has_app=is_eligibility_only)
