"""Breaks of invariants 6 and 7 (docs/invariants.md), each of which the suite must catch: one for each condition."""

from faults.mutations.mutation import Mutation

GUARD = "backend/kazasu/medical/guard.py"
SERVICE = "backend/kazasu/medical/service.py"
LOOKING = "backend/kazasu/medical/looking.py"
TESTS = "tests/backend/kazasu/medical"


def _looks(name: str) -> str:
    return f"{TESTS}/test_looking.py::{name}"


MEDICAL = (
    Mutation(
        "6", "eligibility-only is judged as the at-home type", GUARD,
        "if facts.check_type is CheckType.ELIGIBILITY_ONLY:", "if facts.is_void:",
        _looks("test_eligibility_only_shows_the_limit_alone_whatever_the_tables_hold"),
    ),
    Mutation(
        "7", "everybody signed in may look", GUARD,
        "if not ROLES[kind] & set(roles):", "if not roles:",
        _looks("test_who_may_see_what"),
    ),
    Mutation(
        "7", "the grace period opens medical information", GUARD,
        "        reasons.add(ClosedReason.CERTIFICATE)\n", "        pass\n",
        _looks("test_the_grace_period_of_the_certificate_opens_the_limit_alone"),
    ),
    Mutation(
        "7", "the least assurance is not looked at", GUARD,
        "if facts.assurance not in _OPENS[minimum]:", "if facts.assurance not in _OPENS['card_read']:",
        _looks("test_a_setting_asks_for_the_cards_own_signature"),
    ),
    Mutation(
        "7", "a check that was taken back shows", GUARD,
        "if facts.is_void:", "if False:",
        _looks("test_a_void_check_shows_nothing"),
    ),
    Mutation(
        "7", "a likely other person's record shows", GUARD,
        "if facts.is_other_person:", "if False:",
        _looks("test_a_likely_other_person_closes_it_until_somebody_accepts"),
    ),
    Mutation(
        "7", "any decision about the person opens", SERVICE,
        "return last is not None and last.decision is Decision.ACCEPT", "return last is not None",
        _looks("test_any_other_decision_about_the_person_keeps_it_closed"),
    ),
    Mutation(
        "7", "a hold that stops asking does not stop looking", GUARD,
        "if facts.is_held:", "if False:",
        _looks("test_a_hold_that_stops_asking_closes_it_and_another_does_not"),
    ),
    Mutation(
        "7", "the window opens at the sync", SERVICE,
        "return row.checked_at if is_believed", "return row.received_at if is_believed",
        _looks("test_a_consent_recorded_after_the_touch_and_pushed_with_it_counts_from_the_touch"),
    ),
    Mutation(
        "7", "a device's time outside its anchors is believed", SERVICE,
        "return row.checked_at if is_believed and row.recorded_after is not None else row.recorded_after",
        "return row.device_checked_at",
        _looks("test_a_device_time_outside_its_anchors_counts_from_the_last_anchor"),
    ),
    Mutation(
        "7", "without an anchor the server's time stands in", SERVICE,
        "if is_believed and row.recorded_after is not None else", "if is_believed else",
        _looks("test_without_any_anchor_no_window_opens"),
    ),
    Mutation(
        "7", "a consent recorded later opens a window of its own", GUARD,
        "start, day = min(ours.since, touched_at)", "start, day = ours.since",
        _looks("test_a_consent_recorded_later_prolongs_nothing"),
    ),
    Mutation(
        "7", "the window has no end", GUARD,
        "if not window.is_open(at):", "if False:",
        _looks("test_a_check_that_came_after_its_window_never_opens"),
    ),
    Mutation(
        "7", "continuing visits go on for ever", GUARD,
        "elif facts.relation_until is None or at >= facts.relation_until:", "elif facts.relation_until is None:",
        _looks("test_continuing_visits_stay_open_while_they_go_on"),
    ),
    Mutation(
        "7", "the national system's consent is enough", GUARD,
        "        judging.reasons.add(ours)\n", "        pass\n",
        _looks("test_without_our_consent_it_is_closed"),
    ),
    Mutation(
        "7", "a withdrawal closes its own check alone", "backend/kazasu/medical/consenting.py",
        "if any(one.withdrawn_at is not None and one.withdrawn_at >= last.given_at for one in of_kind):", "if False:",
        f"{TESTS}/test_withdrawal.py::test_a_withdrawal_closes_what_the_same_person_consented_to_at_other_checks",
    ),
    Mutation(
        "7", "our consent is enough", "backend/kazasu/medical/national.py",
        "        return ClosedReason.NATIONAL_CONSENT_MISSING\n    if flag.code",
        "        return _Open(None)\n    if flag.code",
        _looks("test_an_answer_without_the_field_for_a_kind_opens_nothing"),
    ),
    Mutation(
        "7", "the national system's end is not looked at", "backend/kazasu/medical/national.py",
        "return _Open(until) if at < until else ClosedReason.NATIONAL_CONSENT_OVER", "return _Open(until)",
        _looks("test_the_national_systems_own_end_closes_where_it_is_the_stricter"),
    ),
    Mutation(
        "7", "the national system's end counts alone", GUARD,
        "min([*judging.ends, *([until] if until else [])], default=None)", "until",
        _looks("test_24_hours_run_from_the_touch_and_never_from_the_sync"),
    ),
    Mutation(
        "7", "what was judged before the fetch stands after it", LOOKING,
        "still = Closed(()) if again is None else _judge(context, wanted.kind, again, looker, context.clock.now())",
        "still = Closed(()) if again is None else judged",
        _looks("test_a_withdrawal_that_comes_while_it_is_fetched_wins"),
    ),
    Mutation(
        "7", "a look leaves no trace", LOOKING,
        'await _audit(session, context, looker, wanted.check, wanted.kind, "medical_look", details)', "pass",
        _looks("test_each_look_is_audited_with_who_what_which_check_and_when"),
    ),
    Mutation(
        "7", "a refused look leaves no trace", LOOKING,
        'await _audit_alone(context, looker, check, kind, "medical_look_refused", {"reasons": names})', "pass",
        _looks("test_refused_looks_are_audited_with_the_reasons"),
    ),
    Mutation(
        "7", "what rests on a device's disk is enough", "backend/kazasu/medical/device_routes.py",
        "elif day_key is None or not is_look_proof(", "elif day_key is None and not is_look_proof(",
        f"{TESTS}/test_device_looks.py::test_what_rests_on_the_disk_opens_nothing",
    ),
    Mutation(
        "7", "a duty pass counts for ever and everywhere", SERVICE,
        "if row is None or not covers(row, device=device, at=at):", "if row is None:",
        f"{TESTS}/test_device_looks.py"
        "::test_a_pass_counts_while_it_runs_on_its_device_for_somebody_who_still_works_here",
    ),
    Mutation(
        "7", "a withdrawal is not told to devices", "backend/kazasu/checks/service.py",
        '    await publish(session, None, "consent_withdrawn", {"consent": consent, "kinds": sorted(kinds)}, at=at)\n',
        "    return\n",
        f"{TESTS}/test_withdrawal.py"
        "::test_a_withdrawal_at_the_door_closes_every_kind_and_is_told_to_every_device",
    ),
    Mutation(
        "7", "an answer is shown with all that it holds", "backend/kazasu/inquiries/schemas.py",
        "outside_medical(row.content)", "row.content",
        f"{TESTS}/test_nowhere_else.py::test_no_other_route_shows_it",
    ),
    Mutation(
        "7", "a live facility shows what is simulated", LOOKING,
        "if result.simulated and not context.facility.is_exercise:", "if False:",
        _looks("test_a_facility_without_a_gateway_says_so_and_a_live_one_shows_nothing_simulated"),
    ),
)  # fmt: skip
