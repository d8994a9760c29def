"""Inquiries and answers, found and listed."""

from kazasu.inquiries.listed.service import (
    answers_of,
    find_answer,
    find_inquiry,
    inquiries_of,
    inquiries_of_many,
    latest_answer,
    list_for_a_person,
    list_inquiries,
    past_answer,
    waits_for_a_person,
)

__all__ = [
    "answers_of",
    "find_answer",
    "find_inquiry",
    "inquiries_of",
    "inquiries_of_many",
    "latest_answer",
    "list_for_a_person",
    "list_inquiries",
    "past_answer",
    "waits_for_a_person",
]
