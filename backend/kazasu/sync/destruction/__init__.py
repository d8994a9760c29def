"""Destroying what an entry says, as the law may ask; its place in the chain stays."""

from kazasu.sync.destruction.service import destroy_content, destroy_entry

__all__ = ["destroy_content", "destroy_entry"]
