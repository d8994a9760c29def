"""BER-TLV as the card's files are written. Of its own on purpose: it must not share a bug with the library's reader."""


def encode(tag: int, value: bytes) -> bytes:
    """One data object; the length takes one byte under 128, two or three above."""
    size = len(value)
    if size < 0x80:
        length = bytes([size])
    elif size < 0x100:
        length = bytes([0x81, size])
    else:
        length = bytes([0x82, *size.to_bytes(2, "big")])
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + length + value


def encode_record(tag: int, offsets_tag: int, objects: list[tuple[int, bytes]]) -> bytes:
    """A record that opens with a table of where each of its objects starts, counted from the start of the file."""
    encoded = [encode(object_tag, value) for object_tag, value in objects]
    table_size = 2 * len(objects)
    inner_size = len(encode(offsets_tag, bytes(table_size))) + sum(map(len, encoded))
    first = len(encode(tag, bytes(inner_size))) - sum(map(len, encoded))
    starts = [first + sum(map(len, encoded[:index])) for index in range(len(encoded))]
    table = b"".join(start.to_bytes(2, "big") for start in starts)
    return encode(tag, encode(offsets_tag, table) + b"".join(encoded))
