"""Breaks, one or more for each of the ten invariants of docs/invariants.md. What the first says of the sync is in
`sync_listed`."""

from faults.mutations.mutation import Mutation

CARD = "tests/nfc/mynacard"
SERVER = "tests/backend/kazasu"
DEVICE = "tests/mobile_bridge/kazasu_device"

HOUSE = (
    Mutation(
        "1", "a check that comes under a second number is another check",
        "backend/kazasu/checks/check_reading.py",
        "    if present is not None:\n        return await _hold_twice(session, stored, present)\n", "",
        f"{SERVER}/checks/test_reading.py::test_the_same_check_id_under_another_number_is_held_and_counts_once",
    ),
    Mutation(
        "1", "a visit of two people leaves its inquiry with the check that came first",
        "backend/kazasu/checks/joining/service.py",
        "            row.check = root.id\n            moved = moved or", "            moved = moved or",
        f"{SERVER}/checks/test_joining.py::test_one_visit_is_asked_once_counted_once_and_told_to_both",
    ),
    Mutation(
        "2", "a secret shows its digits in its repr",
        "nfc/mynacard/secret.py",
        'return f"{type(self).__name__}(****)"', 'return f"{type(self).__name__}({bytes(self._digits)!r})"',
        f"{CARD}/test_secrecy.py::test_a_secret_shows_itself_in_no_form",
    ),
    Mutation(
        "2", "the transcript keeps what a VERIFY carried",
        "nfc/mynacard/transcript.py",
        "_CARRIES_SECRET = frozenset({0x20, 0x21,", "_CARRIES_SECRET = frozenset({0x21,",
        f"{CARD}/test_secrecy.py::test_the_transcript_keeps_lengths_and_shows_stars",
    ),
    Mutation(
        "2", "the error of a broken VERIFY leads to the frame that held the PIN",
        "nfc/mynacard/guard.py",
        "# noqa: S110 - whatever a driver raises here means one thing: the outcome is not known\n            pass\n",
        "\n            raise\n",
        f"{CARD}/test_secrecy.py::test_no_error_of_a_broken_verify_leads_to_the_pin",
    ),
    Mutation(
        "3", "the file of the Individual Number may be read",
        "nfc/mynacard/policy.py",
        "Application.TEXT: frozenset[int]({TextFile.ATTRIBUTES}),",
        "Application.TEXT: frozenset[int]({TextFile.ATTRIBUTES, 1}),",
        f"{CARD}/test_policy.py::test_a_forbidden_command_is_refused_and_not_sent",
    ),
    Mutation(
        "3", "what a failed selection left selected is still believed",
        "nfc/mynacard/policy.py",
        "self.application = permit.application if is_done else None",
        "self.application = permit.application if is_done else self.application",
        f"{CARD}/test_policy.py::test_after_a_failed_selection_only_a_selection_is_allowed",
    ),
    Mutation(
        "3", "a form takes a field for the Individual Number",
        "mobile_bridge/kazasu_device/door.py",
        "if any(_INDIVIDUAL_NUMBER.search(name.casefold()) for name in fields):", "if fields is None:",
        f"{DEVICE}/test_door.py::test_a_field_for_the_individual_number_is_refused",
    ),
    Mutation(
        "4", "the last try is spent without being told to",
        "nfc/mynacard/guard.py",
        "if (before is None or before == 1) and not allow_last_try:", "if before is None and not allow_last_try:",
        f"{CARD}/test_verify.py::test_the_last_try_is_refused",
    ),
    Mutation(
        "4", "a VERIFY whose answer is lost is sent again",
        "nfc/mynacard/guard.py",
        "# noqa: S110 - whatever a driver raises here means one thing: the outcome is not known\n            pass\n",
        "\n            answer = bytes(self._inner.transmit(apdu))\n",
        f"{CARD}/test_verify.py::test_a_lost_answer_is_followed_by_a_power_cycle_and_the_query_and_no_second_entry",
    ),
    Mutation(
        "4", "the counter is not asked before a secret is presented",
        "nfc/mynacard/guard.py",
        "before = self._tries[reference] if reference in self._tries else self._ask(reference)",
        "before = self._tries.get(reference, reference.initial_tries)",
        f"{CARD}/test_verify.py::test_each_secret_is_presented_to_its_own_reference_after_its_counter_was_asked",
    ),
    Mutation(
        "5", "what was received lies on the disk as it came",
        "sync/checksync/received.py",
        "self._cipher.encrypt(nonce, data, _bound_to(kind, id_))", "data",
        "tests/sync/checksync/test_received.py::test_no_byte_of_it_is_on_the_disk_in_clear",
    ),
    Mutation(
        "5", "who signs out leaves the day key and the list in memory",
        "sync/checksync/received.py",
        'self._cipher, self._key_id, self._items, self._cursor, self._epoch = None, "", {}, None, None',
        'self._key_id = ""',
        "tests/sync/checksync/test_received.py",
    ),
    Mutation(
        "6", "a facility's rules let eligibility-only carry every consent",
        "backend/kazasu/rules/consent.py",
        "kinds=frozenset({ConsentKind.LIMIT_AMOUNT}),", "kinds=_ALL,",
        f"{SERVER}/checks/test_reading.py::test_medical_consents_of_an_eligibility_only_check_are_not_stored_and_held",
    ),
    Mutation(
        "6", "an intent of eligibility-only may ask for medical information",
        "sync/checksync/intent.py",
        'if fields.check_type == "eligibility_only" and not ELIGIBILITY_CONSENTS.issuperset(kinds):', "if not fields:",
        "tests/sync/checksync/test_outbox.py"
        "::test_an_eligibility_only_check_cannot_even_be_begun_with_a_medical_consent",
    ),
    Mutation(
        "6", "the device begins an eligibility-only check with a medical consent",
        "mobile_bridge/kazasu_device/check.py",
        'if self.check_type == "eligibility_only" and kinds:', "if not self.check_type and kinds:",
        f"{DEVICE}/test_check.py::test_eligibility_only_refuses_even_a_declined_medical_consent",
    ),
    Mutation(
        "7", "a consent that was withdrawn opens until its window is over",
        "backend/kazasu/rules/consent_window.py",
        "if at < self.opens_at or (withdrawn_at is not None and at >= withdrawn_at):", "if at < self.opens_at:",
        f"{SERVER}/rules/test_consent_window.py::test_a_withdrawal_ends_24_hours_at_once",
    ),
    Mutation(
        "7", "an answer is not compared with roster and card",
        "backend/kazasu/inquiries/answering.py",
        "    await hold_differences(session, context, row, at=at)\n", "",
        f"{SERVER}/reconciliation/test_comparing.py"
        "::test_another_birth_date_is_another_person_and_nothing_else_is_said",
    ),
    Mutation(
        "7", "another person is accepted in bulk",
        "backend/kazasu/reconciliation/bulk.py",
        "return reason is HoldReason.OTHER_PERSON or REASONS[reason].stops_asking", "return False",
        f"{SERVER}/reconciliation/test_worklist.py"
        "::test_proposals_are_accepted_as_one_action_and_answered_hold_by_hold",
    ),
    Mutation(
        "8", "a certificate is judged on the day on which its check came in",
        "backend/kazasu/checks/judgement.py",
        "checked_on = day_in_japan(judged.at)", "checked_on = day_in_japan(stored.received_at)",
        f"{SERVER}/checks/test_reading.py::test_the_certificate_is_judged_on_the_day_of_the_check_not_of_the_push",
    ),
    Mutation(
        "8", "the newest row holds, whatever the day",
        "backend/kazasu/rules/period.py",
        "in_force = [row for row in candidates if row.holds_on(day)]", "in_force = list(candidates)[::-1]",
        f"{SERVER}/rules",
    ),
    Mutation(
        "9", "a check changes its state and the audit log does not say so",
        "backend/kazasu/checks/standing/service.py",
        '    await audit.append(session, actor, "check_state", "check", check.id,'
        ' {"from": present.value, "to": to.value}, at)\n', "",
        "tests/property/test_audit_tells_every_state.py::test_states_recomputed_from_the_audit_log_equal_the_tables",
    ),
    Mutation(
        "9", "the database lets an audit entry be changed",
        "backend/kazasu/audit/models.py",
        'for verb in ("UPDATE", "DELETE")', 'for verb in ("DELETE",)',
        f"{SERVER}/audit/test_audit_service.py::test_the_database_refuses_to_change_or_delete_an_entry",
    ),
    Mutation(
        "9", "an entry's hash does not cover what it says",
        "backend/kazasu/audit/chain.py",
        "[number, moment, actor, action, subject_type, subject, details]",
        "[number, moment, actor, action, subject_type, subject]",
        f"{SERVER}/audit/test_audit_service.py::test_verify_names_the_first_entry_that_somebody_changed",
    ),
    Mutation(
        "10", "a live facility trusts the test CA",
        "backend/kazasu/checks/trust.py",
        "    if facility.is_exercise:\n", "    if facility:\n",
        f"{SERVER}/checks/test_trust_and_proof.py",
    ),
    Mutation(
        "10", "a live facility is answered by the simulator",
        "backend/kazasu/gateway/simulator/simulator.py",
        "        if not facility.is_exercise:\n            raise NotAnExerciseError\n", "",
        f"{SERVER}/gateway/test_simulator.py::test_a_live_facility_cannot_have_the_simulator",
    ),
    Mutation(
        "10", "a live facility's device opens a simulated reader by its name",
        "mobile_bridge/kazasu_device/reader.py",
        'if not policy.is_exercise and name is not None and name.partition(":")[0] in _SIMULATED:',
        "if policy is None:",
        f"{DEVICE}/test_cli.py::test_a_live_facility_takes_no_simulated_reader",
    ),
)  # fmt: skip
