"""A feed cursor: epoch and sequence. Pure. One of another epoch, or none that can be read, starts again."""


def cursor(epoch: str, seq: int) -> str:
    """Where a device has read to."""
    return f"{epoch}.{seq}"


def seq_after(text: str | None, epoch: str) -> int:
    """The sequence number to go on from."""
    if text is None:
        return 0
    of_epoch, _, seq = text.rpartition(".")
    if of_epoch != epoch or not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        return 0
    return int(seq)
