"""From a decided check to the fields of its claim."""

from kazasu.exports.claiming.known import ClaimFacts, known_for_claim
from kazasu.exports.claiming.service import claim_facts

__all__ = ["ClaimFacts", "claim_facts", "known_for_claim"]
