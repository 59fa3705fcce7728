"""Versions of keys as real servers list them, page by page; what is no list is told."""

import io
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

import pytest

from archive_service.storage.s3.client import Bucket, S3Address
from archive_service.storage.s3.versions import Version, first_page, parse_page
from tests.services.servers import S3Server
from tests.worlds.servers.buckets import plain_client

KEYS = ("a/Biên bản số 1+2 & 3.pdf", "a/b%2Fc")


@pytest.mark.parametrize("maker", ["minio", "versitygw"])
def test_pages_of_one_make_the_whole_list(request: pytest.FixtureRequest, maker: str) -> None:
    server: S3Server = request.getfixturevalue(maker)
    url = server.new_bucket_url()
    client, name = plain_client(url)
    client.make_bucket(name, object_lock=True)
    for key in KEYS:
        for data in (b"first", b"second"):
            client.put_object(name, key, io.BytesIO(data), len(data))
    client.remove_object(name, KEYS[0])
    bucket = Bucket(S3Address.parse(url, setting="storage.copies"))
    whole = list(bucket.versions("a/"))
    assert [(version.key, version.is_marker) for version in whole] == [
        (KEYS[0], True),
        (KEYS[0], False),
        (KEYS[0], False),
        (KEYS[1], False),
        (KEYS[1], False),
    ]
    assert list(dict.fromkeys(in_pages(bucket, "2"))) == whole


def test_a_server_that_gives_the_same_page_for_ever_is_told(versitygw: S3Server) -> None:
    url = versitygw.new_bucket_url()
    client, name = plain_client(url)
    client.make_bucket(name, object_lock=True)
    for _ in range(2):
        client.put_object(name, "a/b", io.BytesIO(b"a"), 1)
    client.remove_object(name, "a/b")
    bucket = Bucket(S3Address.parse(url, setting="storage.copies"))
    with pytest.raises(ValueError, match="leads nowhere"):
        list(in_pages(bucket, "1"))


def in_pages(bucket: Bucket, most: str) -> Iterator[Version]:
    """All of it, so many on a page."""
    asked: dict[str, str] | None = first_page("a/") | {"max-keys": most}
    while asked is not None:
        page = parse_page(bucket.client().call("GET", bucket.name, query_params=asked).data, asked)
        yield from page.versions
        asked = page.next


@pytest.mark.parametrize(
    "data",
    [
        b"<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>",
        b"<Error/>",
        b"<html>",
        b"",
        b"\xff",
    ],
)
def test_what_is_no_list_of_versions_is_told(data: bytes) -> None:
    with pytest.raises((ValueError, ParseError)):
        parse_page(data, first_page("a/"))
