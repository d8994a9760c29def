"""The simulator of the national system. For exercise facilities alone."""

from kazasu.gateway.simulator.rate import MEASURED, AskedBy, Rate
from kazasu.gateway.simulator.registry import REGISTRY, Insured, generate
from kazasu.gateway.simulator.simulator import REFUSAL_CODE, NotAnExerciseError, Simulator

__all__ = [
    "MEASURED",
    "REFUSAL_CODE",
    "REGISTRY",
    "AskedBy",
    "Insured",
    "NotAnExerciseError",
    "Rate",
    "Simulator",
    "generate",
]
