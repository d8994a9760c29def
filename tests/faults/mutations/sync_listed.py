"""Breaks, one or more for each invariant of docs/protocol/sync-v1.md."""

from faults.mutations.mutation import Mutation, Simulation

OUTBOX = "sync/checksync/outbox"

SYNC = (
    Mutation(
        "I1", "a log that turns out closed is offered from where sending had gone on",
        f"{OUTBOX}/settlement.py",
        '"UPDATE log SET send_from = acknowledged + 1 WHERE log = ? AND closed_at IS NULL"',
        '"UPDATE log SET send_from = send_from WHERE log = ? AND closed_at IS NULL"',
        "tests/sync/checksync/test_client.py"
        "::test_a_restored_server_that_took_the_other_branch_gets_this_one_from_its_beginning",
    ),
    Mutation(
        "I1", "what is confirmed is not synchronised to the disk",
        f"{OUTBOX}/database.py",
        '"synchronous": "2"', '"synchronous": "0"',
        "tests/faults/outbox/test_outbox_crash.py"
        "::test_a_kill_or_a_power_cut_at_some_changes_of_a_day_loses_nothing_confirmed",
    ),
    Mutation(
        "I2", "what is acknowledged is forgotten before a backup holds it",
        f"{OUTBOX}/settlement.py",
        "SELECT log, base_number, min(acknowledged, forgettable) FROM log",
        "SELECT log, base_number, acknowledged FROM log",
        Simulation(),
    ),
    Mutation(
        "I3", "the acknowledgement promises what the device only spoke of",
        "backend/kazasu/sync/service.py",
        "number=row.number,\n            hash=row.hash.hex(),\n            forgettable=row.forgettable,",
        "number=row.newest_number,\n            hash=row.hash.hex(),\n            forgettable=row.forgettable,",
        "tests/backend/kazasu/sync/test_push.py",
    ),
    Mutation(
        "I4", "a check that is appended again is recorded again",
        f"{OUTBOX}/outbox.py",
        "confirmed = recording.recorded_check(connection, intent.fields.log, intent.fields.check)",
        "confirmed = None",
        "tests/sync/checksync/test_outbox.py",
    ),
    Mutation(
        "I4", "what is held already is stored again",
        "sync/checksync/acceptance.py",
        "new = entries[len(held.digests) :]", "new = entries",
        "tests/sync/checksync/test_memory_log_storage.py",
    ),
    Mutation(
        "I5", "a push that does not chain to its signed head is taken",
        "sync/checksync/acceptance.py",
        "if entries[-1].hash.hex() != head.hash:", "if not entries:",
        Simulation(),
    ),
    Mutation(
        "I5", "damaged rows are sent as they are",
        f"{OUTBOX}/intact.py",
        "if hashes[index] == (row.hash if signed is None else signed):", "if hashes[index]:",
        Simulation(120),
    ),
    Mutation(
        "I6", "other octets under a number that is taken are passed over",
        "sync/checksync/acceptance.py",
        "        if entry.digest != digest:", "        if digest is None:",
        Simulation(),
    ),
    Mutation(
        "I6", "the other branch is not kept",
        "sync/checksync/memory_log_storage.py",
        "        stored.branch |= {(entry.number, entry.digest): entry for entry in branch}\n", "",
        Simulation(),
    ),
    Mutation(
        "I6", "a late answer proves that another offer arrived",
        "sync/checksync/client.py",
        "return self._close(found, problem, report, is_answer=problem.answers == request)",
        "return self._close(found, problem, report, is_answer=True)",
        "tests/sync/checksync/test_client.py::test_a_late_word_that_a_log_is_closed_is_no_proof_that_what_was_sent_arrived",
    ),
    Mutation(
        "I7", "one damaged entry takes the rest of its run with it",
        f"{OUTBOX}/delivery.py",
        "    while after is None and last < log.number:",
        "    while last < log.number:",
        Simulation(120),
    ),
    Mutation(
        "I8", "an unsigned page of the feed tells the present life",
        "sync/checksync/feed_reader.py",
        "if page.epoch != self._outbox.epoch:", "if self._outbox.enter_life(page.epoch) and page is None:",
        "tests/sync/checksync/test_client.py::test_a_feed_of_another_life_is_believed_when_the_server_says_so",
    ),
    Mutation(
        "I8", "an acknowledgement of an earlier life counts",
        f"{OUTBOX}/outbox.py",
        "            if settlement.current_epoch(connection) != statement.epoch:\n                return 0\n", "",
        "tests/sync/checksync/test_outbox_delivery.py",
    ),
    Mutation(
        "I8", "an acknowledgement of another log counts",
        "sync/checksync/client.py",
        "return (statement, answer) if statement.log == found.log else None", "return (statement, answer)",
        "tests/sync/checksync/test_client.py",
    ),
    Mutation(
        "I9", "to a new life of the server nothing is due again",
        f"{OUTBOX}/settlement.py",
        "    if known is not None:\n", "    if known is None:\n",
        Simulation(),
    ),
    Mutation(
        "I10", "a log that is refused ends the run",
        "sync/checksync/client.py",
        "                self._fail(report, found, name, problem.reason)\n                return False\n",
        "                self._fail(report, found, name, problem.reason)\n                raise _RunOverError\n",
        "tests/sync/checksync/test_client.py::test_what_one_log_is_refused_holds_up_no_other",
    ),
    Mutation(
        "I11", "the second piece of a branch is answered with a gap for ever",
        "sync/checksync/acceptance.py",
        "    if push.first > number + 1 and not is_closed:", "    if push.first > number + 1:",
        "tests/sync/checksync/test_memory_log_storage.py",
    ),
    Mutation(
        "I11", "a batch that is too large stays as large",
        "sync/checksync/client.py",
        "self._limit = max(1, size // 2)", "self._limit = size",
        "tests/sync/checksync/test_client.py::test_a_push_that_is_too_large_is_halved_until_it_fits",
    ),
    Mutation(
        "I12", "a token outlives the revocation of its device",
        "backend/kazasu/devices/token/service.py",
        "    device = device_value(row)\n    refuse_unless_confirmed(device)\n", "    device = device_value(row)\n",
        "tests/backend/kazasu/devices/test_enrolment.py",
    ),
    Mutation(
        "I13", "beyond its capacity the queue takes on and on",
        f"{OUTBOX}/recording.py",
        "if kept + len(sealed) > capacity_octets:", "if kept < 0:",
        "tests/sync/checksync/test_outbox.py",
    ),
    Mutation(
        "I14", "entries are sent in the order of the device's clock",
        f"{OUTBOX}/intact.py",
        "WHERE log = ? AND number >= ? ORDER BY number", "WHERE log = ? AND number >= ? ORDER BY recorded_at",
        Simulation(120),
    ),
    Mutation(
        "I15", "of the feed the first page is read",
        "sync/checksync/feed_reader.py",
        "            if not page.more:\n", "            if page.items or not page.more:\n",
        "tests/sync/checksync/test_client.py::test_the_feed_is_fetched_page_by_page_and_goes_on_where_it_was",
    ),
    Mutation(
        "I16", "entries are kept as they were written",
        f"{OUTBOX}/recording.py",
        "sealed = sealing_key.seal(encode_entry(target.log, number, at, kind, body), target.log, number)",
        "sealed = encode_entry(target.log, number, at, kind, body)",
        "tests/sync/checksync/test_outbox.py::test_no_plaintext_ever_reaches_the_disk",
    ),
    Mutation(
        "I17", "an entry that cannot be read fails its push",
        "backend/kazasu/sync/entries/service.py",
        "        if is_busy(error):\n            raise  # nothing wrong",
        "        if error:\n            raise  # nothing wrong",
        "tests/backend/kazasu/sync/test_push.py::test_an_entry_whose_reading_fails_is_stored_acknowledged_and_held",
    ),
    Mutation(
        "I18", "a push of which everything is held is refused",
        "sync/checksync/acceptance.py",
        "    return Accepted(log, genesis, push.first,",
        '    if not new:\n        return Refused("head")\n    return Accepted(log, genesis, push.first,',
        "tests/sync/checksync/test_memory_log_storage.py",
    ),
)  # fmt: skip
