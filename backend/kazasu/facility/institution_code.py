"""The 10-digit institution code (医療機関コード): prefecture 2, points table 1, district 2, number 4, check 1. Pure."""

from kazasu.facility.kind import FacilityMode

_EXERCISE_PREFECTURE = "99"
_PREFECTURES = frozenset(f"{number:02d}" for number in range(1, 48))


class InstitutionCodeError(ValueError):
    """The code cannot be this facility's; `why` is `not_ten_digits`, `check_digit`, `prefecture` or `exercise`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def check_digit(digits: str) -> str:
    """The check digit over all digits before it: times 2, 1, 2, … from the right, digits summed, up to the next ten."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return str((10 - total % 10) % 10)


def proven_institution_code(code: str, mode: FacilityMode) -> str:
    """The code, if it fits the mode: a real prefecture for a live facility, 99 (none) for an exercise."""
    if len(code) != 10 or not code.isascii() or not code.isdigit():
        raise InstitutionCodeError("not_ten_digits")
    if check_digit(code[:9]) != code[9]:
        raise InstitutionCodeError("check_digit")
    prefecture = code[:2]
    if mode is FacilityMode.EXERCISE and prefecture != _EXERCISE_PREFECTURE:
        raise InstitutionCodeError("exercise")
    if mode is FacilityMode.LIVE and prefecture not in _PREFECTURES:
        raise InstitutionCodeError("prefecture")
    return code
