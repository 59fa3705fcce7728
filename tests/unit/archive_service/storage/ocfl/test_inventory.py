"""OCFL inventories: written the same way each time, extended, taken back, refused when wrong."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.storage.ocfl.inventory import (
    Content,
    Inventory,
    InventoryDamagedError,
    content_name,
    next_inventory,
    sidecar_digest,
)
from archive_service.storage.ocfl.root import object_root, root_of
from archive_service.storage.port import require_key

OCFL_ID = "urn:uuid:0C1B9F6E-5B9A-4B0E-9D0B-6B7C3F1E2A90"
CREATED = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
NAMES = st.text(
    st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=255
).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


def content(text: str) -> Content:
    return Content(hashlib.sha256(text.encode()).hexdigest(), len(text))


def version(previous: Inventory | None, **files: str) -> Inventory:
    return next_inventory(
        previous,
        ocfl_id=OCFL_ID,
        state={name.replace("_", "/"): content(text) for name, text in files.items()},
        created=CREATED,
        message="m",
        user="u",
        address="mailto:a@example.invalid",
    )


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert version(None, b="2", a="1").data == version(None, a="1", b="2").data


def test_bytes_already_held_are_referred_to() -> None:
    first = version(None, a="1", b="1", c="2")
    assert sorted(path for path, _ in first.content()) == ["v1/content/a", "v1/content/c"]
    second = version(first, a="1", moved_b="1", new="3")
    assert [path for path, _ in second.content(2)] == ["v2/content/new"]
    assert second.state()["moved/b"] == content("1").sha256
    assert second.state(1) == first.state()


def test_an_earlier_version_can_be_taken_from_a_later_one() -> None:
    first = version(None, a="1")
    second = version(first, a="2", b="1")
    third = version(second, c="3")
    assert third.at(1).data == first.data
    assert third.at(2).data == second.data
    assert third.extends(first)
    assert third.extends(third)
    assert not first.extends(third)


def test_another_history_does_not_extend() -> None:
    assert not version(version(None, a="1"), a="2").extends(version(None, a="other"))


def test_what_is_written_can_be_read() -> None:
    written = version(version(None, a="1"), b="2")
    read = Inventory.parse(written.data)
    assert read == written
    assert (read.id, read.head, read.version, read.created) == (OCFL_ID, "v2", 2, CREATED)
    assert sidecar_digest(read.sidecar) == read.sha256


def test_a_version_of_another_object_is_not_continued() -> None:
    with pytest.raises(ValueError, match="earlier version"):
        next_inventory(
            version(None, a="1"),
            ocfl_id="urn:uuid:other",
            state={},
            created=CREATED,
            message="m",
            user="u",
            address="mailto:a@example.invalid",
        )


@pytest.mark.parametrize("path", ["/a", "a/../b", "./a", "a//b", ""])
def test_a_path_that_ocfl_forbids_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="package path"):
        next_inventory(
            None,
            ocfl_id=OCFL_ID,
            state={path: content("1")},
            created=CREATED,
            message="m",
            user="u",
            address="mailto:a@example.invalid",
        )


def set_field(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document[name] = value

    return change


def upper_case_digest(document: dict[str, Any]) -> None:
    digest, paths = document["manifest"].popitem()
    document["manifest"][digest.upper()] = paths


def manifest_lacks_a_digest(document: dict[str, Any]) -> None:
    document["manifest"].popitem()


def path_leads_out(document: dict[str, Any]) -> None:
    digest, _ = document["manifest"].popitem()
    document["manifest"][digest] = ["v1/content/../../../escape"]


def no_zone(document: dict[str, Any]) -> None:
    document["versions"]["v1"]["created"] = "2026-11-20T03:00:00"


def gap_in_versions(document: dict[str, Any]) -> None:
    document["versions"]["v3"] = document["versions"]["v1"]


def state_path_twice(document: dict[str, Any]) -> None:
    for paths in document["versions"]["v1"]["state"].values():
        paths[:] = ["same"]


@pytest.mark.parametrize(
    "damage",
    [
        set_field("head", "v2"),
        set_field("digestAlgorithm", "md5"),
        set_field("type", "https://ocfl.io/1.0/spec/#inventory"),
        set_field("unknown", 1),
        set_field("manifest", []),
        set_field("versions", {}),
        upper_case_digest,
        manifest_lacks_a_digest,
        path_leads_out,
        no_zone,
        gap_in_versions,
        state_path_twice,
    ],
)
def test_an_unsound_inventory_is_refused(damage: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(version(None, a="1", b="2").data)
    damage(document)
    with pytest.raises(InventoryDamagedError):
        Inventory.parse(json.dumps(document).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_bytes_that_are_no_inventory_are_refused(data: bytes) -> None:
    with pytest.raises(InventoryDamagedError):
        Inventory.parse(data)


@given(PATHS)
def test_any_name_becomes_a_key_that_every_store_takes(path: str) -> None:
    key = f"{object_root(OCFL_ID)}/v1000/content/{content_name(path)}"
    require_key(key)
    assert root_of(key) == object_root(OCFL_ID)


@given(PATHS, PATHS)
def test_two_names_never_share_a_key(one: str, other: str) -> None:
    assert (content_name(one) == content_name(other)) == (one == other)


@given(st.lists(st.text("abAB19._- ", min_size=1, max_size=60), min_size=1, max_size=3))
def test_a_plain_name_is_its_own_key(parts: list[str]) -> None:
    path = "/".join(part if part.strip(".") else "x" for part in parts)
    assert content_name(path) == path


def test_a_long_vietnamese_name_keeps_its_beginning_and_its_ending() -> None:
    kept = content_name("Ộ" * 80 + ".pdf")
    assert re.fullmatch(r"(%E1%BB%98)+~[0-9a-f]{24}\.pdf", kept)
    assert len(kept) < 255


@given(st.text(min_size=1, max_size=200))
def test_any_id_has_a_root_of_the_layout(ocfl_id: str) -> None:
    root = object_root(ocfl_id)
    require_key(root)
    assert root_of(f"{root}/x") == root


def test_the_layout_is_that_of_the_extension() -> None:
    # The examples of OCFL extension 0003.
    assert object_root("object-01") == "ocfl/3c0/ff4/240/object-01"
    assert object_root("..hor/rib:le-$id") == "ocfl/487/326/d8c/%2e%2ehor%2frib%3ale-%24id"
