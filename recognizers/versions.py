"""Versions of our formats: older content is upgraded step by step, newer content is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from recognizers.errors import FormatError, TooNewError

Content = TypeVar("Content")


def upgrade(
    content: Content,
    found: object,
    current: int,
    steps: Mapping[int, Callable[[Content], Content]],
    *,
    what: str,
    where: object,
) -> Content:
    """Bring content of an older version up to the current one.

    Args:
        content: what the file holds.
        found: the version that it states.
        current: the version that this program writes.
        steps: by version, what turns that version's content into the next version's.
        what: the format's name, for errors.
        where: the file, for errors.

    Raises:
        TooNewError: the file is of a newer version.
        FormatError: the version is no version, or no step leads on from it.
    """
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        shown = "nothing" if found is None else repr(found)[:60]
        raise FormatError(f"wrong version of the {what}", where=where, expected="a number", found=shown)
    if found > current:
        raise TooNewError(
            f"the {what} is of a newer version than this program reads",
            where=where,
            expected=f"version {current} or older",
            found=f"version {found}",
            remedy="Update Mudra",
        )
    for version in range(found, current):
        if version not in steps:
            raise FormatError(
                f"the {what} is of a version that is no longer read",
                where=where,
                expected=f"version {current}",
                found=f"version {found}",
            )
        content = steps[version](content)
    return content
