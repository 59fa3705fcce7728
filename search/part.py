"""In words which part of a file a hit lies in."""

from collections.abc import Mapping

from archive_service import messages


def part_words(part: Mapping[str, str] | None, lang: str) -> str:
    """Such as ``Sheet “NAME”``; empty of what has pages."""
    if part is None:
        return ""
    kind = part["kind"] if messages.has(f"labels.part.{part['kind']}") else "part"
    return messages.text(f"labels.part.{kind}", lang, **{**part, "kind": kind})
