"""A sentence for people in both languages of the house. Imports nothing of ours."""

import msgspec

__all__ = ["Say"]


class Say(msgspec.Struct, frozen=True):
    """One sentence, in Japanese and in English; never carries a patient's data."""

    ja: str
    en: str
