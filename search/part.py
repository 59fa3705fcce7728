"""Which part of an office file a hit lies in, as data and in words."""

from collections.abc import Mapping

from archive_service import messages


def part_of(text: str) -> dict[str, str] | None:
    """``{kind, name}`` of ``kind:name``; ``None`` of what has pages."""
    kind, _, name = text.partition(":")
    return {"kind": kind, "name": name} if kind else None


def part_words(part: Mapping[str, str] | None, lang: str) -> str:
    """Such as ``Sheet “NAME”``; empty of what has pages."""
    if part is None:
        return ""
    kind = part["kind"] if messages.has(f"labels.part.{part['kind']}") else "part"
    return messages.text(f"labels.part.{kind}", lang, name=part["name"])
