"""Asking again for the claim, when a rule says that an answer may have changed."""

from kazasu.inquiries.again.asking import AskedAgain, ask_due_again, ask_due_again_now

__all__ = ["AskedAgain", "ask_due_again", "ask_due_again_now"]
