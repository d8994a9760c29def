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
from kazasu.gateway.choice import choose_gateway, configuration_of
from kazasu.gateway.port import Gateway, GatewayUnavailableError, InquiryRequest, NumberAsked

__all__ = [
    "Answer",
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
    "SpecifiedIllness",
    "choose_gateway",
    "configuration_of",
    "qualification_kind",
    "without_medical",
]
