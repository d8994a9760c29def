"""Ages as Japanese law counts them: an age is reached on the day before the birthday. Pure."""

from datetime import date, timedelta

__all__ = ["age_on", "birthday", "day_age_is_reached", "first_day_at_70_share", "first_day_late_stage", "school_start"]


def birthday(birth_date: date, age: int) -> date:
    """The birthday of that age; for someone born on 29 February, 1 March in other years."""
    year = birth_date.year + age
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def day_age_is_reached(birth_date: date, age: int) -> date:
    """The day before the birthday of that age."""
    return birthday(birth_date, age) - timedelta(days=1)


def age_on(birth_date: date, day: date) -> int:
    """The age in everyday counting, from the birthday on; negative before birth."""
    age = day.year - birth_date.year
    return age if day >= birthday(birth_date, age) else age - 1


def school_start(birth_date: date) -> date:
    """The first day on which a child counts as of school age: 1 April after the age of 6 is reached.

    The last preschool day is the first 31 March on or after the day age 6 is reached; born on 1 April, that is the day
    before the 6th birthday [R].
    """
    reached = day_age_is_reached(birth_date, 6)
    last_day = date(reached.year, 3, 31)
    if last_day < reached:
        last_day = date(reached.year + 1, 3, 31)
    return last_day + timedelta(days=1)


def first_day_at_70_share(birth_date: date) -> date:
    """The first day of the month after age 70 is reached; for someone born on the 1st, the month of the birthday."""
    reached = day_age_is_reached(birth_date, 70)
    return date(reached.year + reached.month // 12, reached.month % 12 + 1, 1)


def first_day_late_stage(birth_date: date) -> date:
    """The 75th birthday, from which a person is insured as late-stage elderly."""
    return birthday(birth_date, 75)
