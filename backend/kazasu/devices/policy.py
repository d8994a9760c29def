"""The policy that a device gets: facility, keys, and which checks are open today. Computed from the rules."""

from collections.abc import Sequence

from kazasu.clock import day_in_japan
from kazasu.context import Context
from kazasu.devices.door_rules import door_rules
from kazasu.devices.schemas import Policy, PolicyFacility, PolicyRoads, PolicySealingKey
from kazasu.gateway import configuration_of
from kazasu.keys.models import SealingKeyRow
from kazasu.rules import CheckType, ConsentKind, policy_roads
from kazasu.rules.consent import is_allowed
from kazasu.rules.facilities import CheckTypeRow


def make_policy(context: Context, sealing_keys: Sequence[SealingKeyRow]) -> Policy:
    """The policy as of today in Japan."""
    facility = context.facility
    roads = policy_roads(
        facility.kind,
        configuration_of(context.settings.gateway, facility),
        day_in_japan(context.clock.now()),
        transitional_until=facility.transitional_until,
        rows=context.rulebook.rows("check_types", CheckTypeRow),
    )
    check_types = list(dict.fromkeys(road.check_type for road in roads))
    return Policy(
        facility=PolicyFacility(facility.id, facility.name, facility.kind, facility.mode, facility.institution_code),
        server_key=context.keys.server.jwk,
        epoch=facility.epoch,
        sealing_keys=[PolicySealingKey(key.id, key.public_key, key.state) for key in sealing_keys],
        check_types=[check_type.value for check_type in check_types],
        roads=[PolicyRoads(road.check_type, road.setting, [key.value for key in road.open]) for road in roads],
        consent_texts=[f"{kind}-v1" for kind in ConsentKind if _is_asked(kind, check_types)],
        door=door_rules(context.rulebook),
    )


def _is_asked(kind: ConsentKind, check_types: Sequence[CheckType]) -> bool:
    return any(is_allowed(kind, check_type) for check_type in check_types)
