"""Applying the journal to a restored database."""

from kazasu.restoration.replaying.service import begin_epoch, replay

__all__ = ["begin_epoch", "replay"]
