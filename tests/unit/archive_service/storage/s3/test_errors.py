"""What a bucket's server says of a trouble."""

import pytest
import urllib3
from minio.error import S3Error

from archive_service.storage.port import StoreUnreachableError
from archive_service.storage.s3.errors import our_errors


@pytest.mark.parametrize("hour", ["Sunday, 29-Nov-26 16:00:00 GMT", "soon", ""])
def test_a_server_that_tells_no_hour_as_http_has_it_is_unreachable_all_the_same(hour: str) -> None:
    answer = urllib3.HTTPResponse(status=403, headers={"Date": hour})
    refusal = S3Error(answer, "AccessDenied", None, None, None, None)
    with pytest.raises(StoreUnreachableError), our_errors("a"):
        raise refusal


def test_an_hour_far_from_ours_is_blamed_on_this_machine() -> None:
    answer = urllib3.HTTPResponse(status=403, headers={"Date": "Thu, 01 Jan 2015 00:00:00 GMT"})
    refusal = S3Error(answer, "AccessDenied", None, None, None, None)
    with pytest.raises(StoreUnreachableError) as told, our_errors("a"):
        raise refusal
    assert told.value.of_machine
