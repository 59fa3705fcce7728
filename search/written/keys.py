"""Words that were typed in Telex or VNI where no keyboard turned the keys."""

from collections.abc import Iterator

from archive_service.text import from_telex, from_vni


def by_keys(text: str) -> Iterator[str]:
    """The text as its keys mean in the one way of typing and in the other, where they do."""
    words = text.lower().split()
    for turned in (from_telex, from_vni):
        meant = [turned(word) or word for word in words]
        if meant != words:
            yield " ".join(meant)
