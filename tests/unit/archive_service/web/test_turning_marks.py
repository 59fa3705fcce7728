"""A mark that turns text around stands on a page by its number, and in a field as it was typed."""

import time

from archive_service.web.turning_marks import with_marks_named

MARK = "\u202e"


def test_words_name_the_mark_and_fields_keep_it() -> None:
    field = f'<input value="a{MARK}b" title="x">'
    area = f"<textarea name='r'>\nc{MARK}<d</textarea>"
    page = f"<p>Lý do: &lt;{MARK}fdp</p>{field}{area}<script>'{MARK}'</script>{MARK}"
    assert with_marks_named(page) == (
        f"<p>Lý do: &lt;&lt;U+202E&gt;fdp</p>{field}{area}<script>'{MARK}'</script>&lt;U+202E&gt;"
    )


def test_a_page_without_one_is_the_same() -> None:
    page = "<p>a > b</p>\n<TEXTAREA>x</TEXTAREA>"
    assert with_marks_named(page) == page


def test_signs_that_begin_no_tag_are_looked_at_once() -> None:
    page = "<p>" + "<" * 60_000 + MARK
    began = time.thread_time()
    assert with_marks_named(page).endswith("&lt;U+202E&gt;")
    assert time.thread_time() - began < 5
