"""Takes a bench's own bucket away again, with all that the bench put into it."""

from collections.abc import Iterator

from minio.deleteobjects import DeleteObject

from archive_service.storage.s3.client import BENCH_BUCKETS, Bucket, S3Address
from archive_service.storage.s3.errors import our_errors


def remove_bench_bucket(url: str) -> None:
    """Every version of every key, past GOVERNANCE locks, then the bucket; fine if there is none.

    Raises ``ValueError`` for a bucket whose name is not that of a bench.
    """
    address = S3Address.parse(url, setting="storage.copies")
    if not address.bucket.startswith(BENCH_BUCKETS):
        raise ValueError(f"not a bucket of a bench: {address.bucket}")
    bucket = Bucket(address)
    client = bucket.client()
    with our_errors(""):
        if not client.bucket_exists(bucket.name):
            return
        refused = client.remove_objects(bucket.name, _versions(bucket), bypass_governance_mode=True)
        for _ in refused:
            pass  # what stays keeps the bucket, which the next line tells
        client.remove_bucket(bucket.name)


def _versions(bucket: Bucket) -> Iterator[DeleteObject]:
    for found in bucket.versions(""):
        yield DeleteObject(found.key, found.id)
