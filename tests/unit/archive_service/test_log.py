"""What a URL may say where people read it."""

from uuid import uuid4

import pytest

from archive_service.domain.intake.callback import Callback
from archive_service.log import hide_secrets
from archive_service.recovery.backup.beside_rows import hide_secrets_of_file
from ingest.callbacks.documents import CallbackDocument


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://u:HU,SH@h/d", "postgresql+psycopg://u:***@h/d"),
        ("s3://k:HU/SH+c=@h/b?secure=false", "s3://k:***@h/b?secure=false"),
        ("s3://k:HU:S@H@h/b?name=x", "s3://k:***@h/b?name=x"),
        ("http://u:HUSH@h/tsa?apikey=HUSH&x=2", "http://u:***@h/tsa?apikey=***&x=2"),
        ("https://h/hook?a=1&access_token=HUSH", "https://h/hook?a=1&access_token=***"),
        ("pkcs11:///p.so?token=A&pin=HUSH&key=b", "pkcs11:///p.so?token=A&pin=***&key=b"),
        ("pkcs11:///p.so?token=A B&agency=H40.18", "pkcs11:///p.so?token=A B&agency=H40.18"),
        ("https://h/p?keyword=kho&page=2", "https://h/p?keyword=kho&page=2"),
        ("http://h:80/p, thư a@b", "http://h:80/p, thư a@b"),
        ("file:objects", "file:objects"),
    ],
)
def test_no_secret_of_a_url_is_shown_and_nothing_else_is_hidden(url: str, shown: str) -> None:
    assert hide_secrets(url) == shown
    assert hide_secrets(f'{{"url": "{url}", "x": 1}}') == f'{{"url": "{shown}", "x": 1}}'


def test_a_backup_keeps_settings_without_them() -> None:
    kept = hide_secrets_of_file('[timestamp]\nurl = "http://h/tsa?apikey=HUSH"\n')
    assert kept == '[timestamp]\nurl = "http://h/tsa?apikey=***"\n'


def test_who_reads_a_submission_reads_no_token_of_a_callback() -> None:
    row = Callback(submission_id=uuid4(), url="https://h/hook?token=HUSH", attempts=0)
    assert CallbackDocument.of(row).url == "https://h/hook?token=***"
