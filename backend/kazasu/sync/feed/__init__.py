"""The feed: what devices are told."""

from kazasu.sync.feed.service import publish, read_feed

__all__ = ["publish", "read_feed"]
