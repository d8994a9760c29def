"""The facility's rulebook: the tables of `kazasu.rules` with its own `rules.d` laid over them."""

from kazasu.rulebook.folder import FOLDER, read_folder

__all__ = ["FOLDER", "read_folder"]
