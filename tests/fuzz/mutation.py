"""Ways to spoil a real document, for the property-based driver: octets, pieces, and values inside of JSON."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(["", "0", "見本　花子", "\x00", "9" * 400, "1e400", "2026-13-40T99:99:99Z", "ab" * 32, "A" * 43])
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
_DEEP = st.integers(1, 3000).map(lambda depth: b"[" * depth)


def octets_like(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Anything at all, and most often something that was nearly right."""
    seed = st.sampled_from(list(seeds))
    return st.one_of(
        st.binary(max_size=400),
        seed,
        seed.flatmap(_spoiled),
        seed.flatmap(_spoiled).flatmap(_spoiled),
        seed.flatmap(_other_value),
        st.tuples(seed, seed, st.integers(0, 10_000), st.integers(0, 10_000)).map(_spliced),
        st.tuples(seed, _DEEP).map(lambda both: both[0][: len(both[0]) // 2] + both[1]),
        _DEEP,
    )


def _spoiled(seed: bytes) -> st.SearchStrategy[bytes]:
    places = st.integers(0, max(len(seed) - 1, 0))
    return st.one_of(
        st.tuples(places, st.integers(0, 255)).map(lambda at: seed[: at[0]] + bytes([at[1]]) + seed[at[0] + 1 :]),
        places.map(lambda at: seed[:at]),
        st.tuples(places, st.binary(max_size=12)).map(lambda at: seed[: at[0]] + at[1] + seed[at[0] :]),
        st.tuples(places, st.integers(1, 60)).map(lambda at: seed[: at[0]] + seed[at[0] + at[1] :]),
        st.tuples(places, st.integers(1, 60)).map(lambda at: seed[: at[0] + at[1]] + seed[at[0] :]),
    )


def _other_value(seed: bytes) -> st.SearchStrategy[bytes]:
    """A document in which one value, at any depth, is another; for what is no JSON, as it is."""
    head, rest = (seed[:1], seed[1:]) if seed[:1] != b"{" else (b"", seed)
    try:
        document = json.loads(rest)
    except ValueError:
        return _spoiled(seed)
    places = list(_places(document))
    return st.tuples(st.sampled_from(places), _VALUES).map(
        lambda chosen: head + json.dumps(_with(document, *chosen), ensure_ascii=False).encode("utf-8", "surrogatepass")
    )


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        found += _places(member, (*path, key))
    return found


def _with(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    key, *rest = path
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[key] = _with(value[key], tuple(rest), other)
    return copied


def _spliced(parts: tuple[bytes, bytes, int, int]) -> bytes:
    one, other, first, second = parts
    return one[: first % (len(one) + 1)] + other[second % (len(other) + 1) :]
