"""A page's form filled in again in the page's own text."""

from archive_service.web.filling import Sent, filled_again, kept_where_blank

PAGE = """<body class="x">
<main id="main" class="page"><h1>Hồ sơ</h1>
<form method="get" action="/find"><input name="words" value="cũ"></form>
<details><summary>Mở</summary>
<form method="post" action="/rows">
<input type="hidden" name="row" value="1"><input name="words" value="một"></form>
</details>
<dialog class="dialog" id="two"><form method="post" action="/rows">
<input type="hidden" name="csrf_token" value="mới"><input type="hidden" name="row" value="2">
<div class="head"></div><div class="body"><p>Hỏi</p>
<label for="w">Lời</label><input id="w" name="words" value="hai" required aria-describedby="w-note">
<textarea name="reason">
Cũ</textarea>
<select name="kind"><option value="a" selected>A</option><option value="b">B</option></select>
<label class="check"><input type="checkbox" name="each" value="1" checked><span>Một</span></label>
<label class="check"><input type="checkbox" name="each" value="2"><span>Hai</span></label>
<input name="line" value=""><input name="line" value="">
<input type="password" name="secret"><input name="otp">
</div></form></dialog>
<form method="post" action="/act"><button>Làm</button></form>
</main></body>"""


def shown(path: str, *at: str, is_slip: bool = False, **values: list[str]) -> str:
    sent = Sent(path, "/page?tab=2", values, at, is_slip, note="<p>SAI</p>", beside="<p>BÊN</p>")
    return filled_again(PAGE, sent)


def sent_of_two(*at: str, is_slip: bool = False) -> str:
    return shown(
        "/rows", *at, is_slip=is_slip, row=["2"], words=["  "], reason=["\nÂn & <em>"], kind=["b"],
        each=["2"], line=["x", 'y"'], secret=["mật"], otp=["123456"], csrf_token=["cũ"],
    )  # fmt: skip


def test_each_field_holds_what_was_sent_and_no_secret() -> None:
    page = sent_of_two()
    assert "\n\nÂn &amp; &lt;em&gt;</textarea>" in page
    assert '<option value="a">' in page
    assert '<option value="b" selected>' in page
    assert '<input type="checkbox" name="each" value="1">' in page
    assert '<input type="checkbox" name="each" value="2" checked>' in page
    assert '<input name="line" value="x"><input name="line" value="y&quot;">' in page
    assert "mật" not in page
    assert "123456" not in page
    assert '<input type="hidden" name="csrf_token" value="mới">' in page


def test_of_two_forms_of_one_address_the_one_that_was_sent_is_filled_and_open() -> None:
    page = sent_of_two()
    assert '<dialog class="dialog" id="two" open>' in page
    assert "<details><summary>" in page
    assert '<input name="words" value="một">' in page
    assert '<input name="words" value="cũ">' in page
    assert '<body class="x" data-reload-at="/page?tab=2">' in page


def test_the_note_stands_below_the_field_it_is_about() -> None:
    page = sent_of_two("none", "kind")
    assert '</select><div class="mt-1" id="refused-note"><p>SAI</p></div>' in page
    ticked = sent_of_two("each")
    assert '<span>Một</span></label><div class="mt-1" id="refused-note">' in ticked


def test_what_is_said_of_a_file_stands_at_its_field() -> None:
    form = '<form method="post" action="/f"><input name="a"><input type="file" name="scan"></form>'
    sent = Sent("/f", "/f", {"a": ["x"]}, ("scan",), note="SAI")
    assert (
        '<input type="file" name="scan" aria-invalid="true" aria-describedby="refused-note"'
        ' autofocus><div class="mt-1" id="refused-note">SAI</div>'
    ) in filled_again(form, sent)


def test_a_form_of_a_file_alone_tells_of_it_there() -> None:
    form = '<form method="post" action="/f"><input type="file" name="scan"></form>'
    page = filled_again(form, Sent("/f", "/f", {}, ("scan",), note="SAI"))
    assert page.endswith('autofocus><div class="mt-1" id="refused-note">SAI</div></form>')


def test_a_slip_without_a_field_is_told_at_the_first_that_is_missing() -> None:
    page = sent_of_two(is_slip=True)
    assert (
        '<input id="w" name="words" value="  " required aria-describedby="refused-note w-note"'
        ' aria-invalid="true" autofocus><div class="mt-1" id="refused-note"><p>SAI</p></div>'
    ) in page


def test_what_is_no_slip_is_told_above_the_fields() -> None:
    assert (
        '<div class="body"><div class="mb-3" role="alert"><p>SAI</p></div><p>Hỏi' in sent_of_two()
    )


def test_a_mere_button_and_a_form_that_is_gone_are_told_at_the_head_of_the_page() -> None:
    head = '<main id="main" class="page"><div class="refused-head" role="alert">'
    assert f"{head}<p>SAI</p></div>" in shown("/act", csrf_token=["cũ"])
    assert f"{head}<p>BÊN</p></div>" in shown("/gone", reason=["Vì sao"])


def test_a_page_that_left_fields_blank_has_in_them_what_was_sent_and_nothing_else_changed() -> None:
    values = {"row": ["2"], "words": ["ba"], "reason": ["Khác"], "line": [" ", 'y"'],
              "each": ["2"], "secret": ["mật"], "otp": ["123456"]}  # fmt: skip
    page = kept_where_blank(PAGE, Sent("/rows", "/page", values))
    blank, filled = '<input name="line" value="">', '<input name="line" value="y&quot;">'
    expected = PAGE.replace(blank + blank, blank + filled).replace('id="two">', 'id="two" open>')
    assert page == expected
    assert kept_where_blank(PAGE, Sent("/gone", "/page", values)) == PAGE
