"""What a person can decide about a hold. Pure."""

from enum import StrEnum

from kazasu.rules import Say

__all__ = ["SAY", "Decision"]


class Decision(StrEnum):
    """The first four settle how the claim goes out (facts/rules.md 8); `accept` explains the hold and goes on; the
    last three are steps, after which the hold stays open and waits."""

    CURRENT_QUALIFICATION = "current_qualification"
    OLD_QUALIFICATION = "old_qualification"
    UNKNOWN = "unknown"
    PRIVATE_PAYMENT = "private_payment"
    ACCEPT = "accept"
    ASK_PATIENT = "ask_patient"
    ASK_INSURER = "ask_insurer"
    CORRECT_ROSTER = "correct_roster"

    @property
    def closes_the_hold(self) -> bool:
        """Whether nothing more is waited for."""
        return self not in (Decision.ASK_PATIENT, Decision.ASK_INSURER, Decision.CORRECT_ROSTER)

    @property
    def settles_the_claim(self) -> bool:
        """Whether the check needs no answer of the national system any more."""
        return self.closes_the_hold and self is not Decision.ACCEPT


SAY = {
    Decision.CURRENT_QUALIFICATION: Say(ja="現在の資格で請求する", en="Claim with the current qualification"),
    Decision.OLD_QUALIFICATION: Say(ja="旧資格情報で請求する", en="Claim with the old qualification"),
    Decision.UNKNOWN: Say(ja="不詳として請求する", en="Claim as unknown"),
    Decision.PRIVATE_PAYMENT: Say(ja="自費とする", en="Private payment"),
    Decision.ACCEPT: Say(ja="理由を確かめたので先へ進める", en="Explained: go on"),
    Decision.ASK_PATIENT: Say(ja="患者に確認する", en="Ask the patient"),
    Decision.ASK_INSURER: Say(ja="保険者に確認する", en="Ask the insurer"),
    Decision.CORRECT_ROSTER: Say(ja="名簿を直して照会し直す", en="Correct the roster and ask again"),
}
