"""Whether two stated numbers are the same news."""

from pledgewatch.records import Amount

FIFTH = 0.2
"""A stated number must differ by more than this share to be a change."""


def change(old: Amount, new: Amount) -> int:
    """1 where `new` is larger by more than a fifth, -1 where smaller, else 0. Of one unit.

    Ranges that overlap are the same news told differently ("up to 800", then "500"), except two
    upper bounds, which are compared with each other.
    """
    if _is_bound(old) and _is_bound(new) and old.max is not None and new.max is not None:
        return _compare(old.max, new.max)
    if old.max is not None and new.min is not None and new.min > old.max:
        return _compare(old.max, new.min)
    if new.max is not None and old.min is not None and new.max < old.min:
        return _compare(old.min, new.max)
    return 0


def _compare(old: int, new: int) -> int:
    if new > old * (1 + FIFTH):
        return 1
    return -1 if new < old * (1 - FIFTH) else 0


def _is_bound(amount: Amount) -> bool:
    return not amount.min and amount.max is not None


def is_finer(old: Amount, new: Amount) -> bool:
    """Whether `new` says the same number more exactly; a first part of "up to N" does not."""
    if _is_bound(old) and not _is_bound(new) and not old.approximate:
        return False
    if old.approximate != new.approximate:
        return old.approximate
    return _width(new) < _width(old)


def _width(amount: Amount) -> float:
    return float("inf") if amount.max is None else amount.max - (amount.min or 0)


def plus(known: Amount, further: Amount) -> Amount:
    """What is known, and `further` on top."""
    return Amount(
        min=_add(known.min, further.min), max=_add(known.max, further.max), unit=known.unit,
        approximate=known.approximate or further.approximate,
    )  # fmt: skip


def minus(known: Amount, cut: Amount) -> Amount:
    """What is left after a cut, never below nothing."""
    least = None if known.min is None else max(0, known.min - (cut.max or cut.min or 0))
    most = None if known.max is None else max(0, known.max - (cut.min or cut.max or 0))
    return Amount(
        min=least, max=most, unit=known.unit, approximate=known.approximate or cut.approximate
    )


def _add(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
