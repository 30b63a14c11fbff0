"""Names of files as text."""

from __future__ import annotations


def shown_name(name: str) -> str:
    """Return a file's name as text that UTF-8 can hold; bytes that are not UTF-8 become escapes such as `\\xff`.

    Python reads such bytes, and in a locale without UTF-8 every letter beyond ASCII, as lone surrogates.
    """
    try:
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return name.encode("utf-8", "backslashreplace").decode("utf-8")
