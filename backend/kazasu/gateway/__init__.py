"""The national system: port, answers, simulator. Imports no storage and no web framework."""

from kazasu.gateway.answer import (
    Answer,
    ConsentFlag,
    ElderlyRecipient,
    Limit,
    Qualification,
    QualificationKind,
    Result,
    SpecifiedIllness,
    qualification_kind,
    without_medical,
)
from kazasu.gateway.bulk import BulkGateway, BulkKind, BulkRequest, BulkResult, BulkUnit, BulkUnitAsked, Segment
from kazasu.gateway.choice import choose_gateway, configuration_of
from kazasu.gateway.port import Gateway, GatewayUnavailableError, InquiryRequest, NumberAsked

__all__ = [
    "Answer",
    "BulkGateway",
    "BulkKind",
    "BulkRequest",
    "BulkResult",
    "BulkUnit",
    "BulkUnitAsked",
    "ConsentFlag",
    "ElderlyRecipient",
    "Gateway",
    "GatewayUnavailableError",
    "InquiryRequest",
    "Limit",
    "NumberAsked",
    "Qualification",
    "QualificationKind",
    "Result",
    "Segment",
    "SpecifiedIllness",
    "choose_gateway",
    "configuration_of",
    "qualification_kind",
    "without_medical",
]
