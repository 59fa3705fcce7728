"""From hit to hit, through the pages of a document, on to the next result, and back."""

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import PHONE, is_sound, overflow_px, seen
from tests.worlds.main_job import B_CODE
from tests.worlds.site import Site


def search(page: Page, site: Site, words: str) -> None:
    page.goto(f"{site.url}/search")
    page.fill("#query", words)
    page.press("#query", "Enter")
    expect(page.locator(".hit").first).to_be_visible()
    page.wait_for_selector("html[data-started]")


def choose(page: Page, act: str) -> None:
    """One act of the viewer's menu, which closes behind it."""
    menu = page.locator(".viewer-bar .drop-menu")
    menu.locator("summary").click()
    menu.get_by_role("button", name=act).click()
    expect(menu).not_to_have_attribute("open", "")


def test_keys_alone_lead_from_telex_to_the_next_hit_and_back_to_the_results(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    search(page, site, "bafn giao mawjt bawfng")
    results = page.url
    page.locator(".hit .pageno").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".marks .hit.now").first).to_be_attached()
    counter = page.locator("[data-hit-counter]")
    expect(counter).to_have_text(re.compile(r"^\d+/\d+$"))
    before = counter.text_content()
    page.keyboard.press("n")
    expect(counter).not_to_have_text(before or "")
    page.keyboard.press("Shift+N")
    expect(counter).to_have_text(before or "")
    seen(page, context, "reader")
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_contain_text("Chỗ tìm thấy sau")
    expect(page.locator("#keys-help")).to_contain_text("PgDn")
    keys = page.locator("#keys-help dt").all_inner_texts()
    assert len(keys) == len(set(keys)), keys
    page.keyboard.press("Escape")
    expect(page.locator("#keys-help")).to_be_hidden()
    page.keyboard.press("q")
    expect(page).to_have_url(results)


def test_without_results_their_keys_do_nothing(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/case-files/{B_CODE}")
    expect(page.locator(".sheet canvas")).to_be_visible()
    page.evaluate("window.same = true")
    page.keyboard.press("q")
    page.keyboard.press("]")
    expect(page.locator("[data-result-steps]")).to_be_hidden()
    assert page.evaluate("window.same")


def test_a_key_leads_to_the_next_result(site: Site, context: BrowserContext, page: Page) -> None:
    site.enter(context, "docgia")
    search(page, site, "cong trinh")
    found = [link.get_attribute("href") or "" for link in page.locator("a[data-item]").all()]
    assert len(found) > 1
    page.locator("a[data-item]").first.click()
    expect(page.locator("[data-result-next]")).to_be_visible()
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile(re.escape(found[1].partition("&page=")[0])))


def test_from_the_last_hit_of_a_document_n_goes_on_to_the_next_result(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    search(page, site, "ban giao mat bang")
    page.locator("a[data-item]").first.click()
    counter = page.locator("[data-hit-counter]")
    expect(counter).to_have_text(re.compile(r"^1/\d+$"))
    last = int((counter.text_content() or "").partition("/")[2])
    for number in range(2, last + 1):
        page.keyboard.press("n")
        expect(counter).to_have_text(f"{number}/{last}")
    first = page.url.partition("&page=")[0]
    page.keyboard.press("n")
    page.wait_for_url(lambda url: not url.startswith(first))
    expect(page.locator("[data-result-previous]")).to_be_visible()


def test_results_are_shown_where_one_was_in_them(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    search(page, site, "cong trinh")
    page.set_viewport_size({"width": 390, "height": 400})
    page.locator("a[data-item]").last.scroll_into_view_if_needed()
    page.evaluate("document.fonts.ready")
    scrolled = page.evaluate("scrollY")
    assert scrolled > 0
    page.locator("a[data-item]").last.click()
    page.locator("[data-result-back]").click()
    expect(page.locator("[data-results]")).to_be_visible()
    page.wait_for_function("scrolled => Math.abs(scrollY - scrolled) < 60", arg=scrolled)


def test_a_turned_page_is_in_the_address_and_any_page_can_be_gone_to(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{B_CODE}")
    expect(page.locator(".sheet canvas")).to_be_visible()
    page.locator("[data-viewer-page]").fill("2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("page=2"))
    page.reload()
    expect(page.locator(".sheet canvas")).to_have_attribute("aria-label", "Ảnh trang 2")
    page.locator("[data-viewer-page]").fill("999")
    page.keyboard.press("Enter")
    expect(page.locator("[data-viewer-page]")).to_have_value(
        page.locator("[data-viewer-pages]").text_content() or ""
    )


def test_words_are_found_in_the_document_and_its_text_stands_beside_the_picture(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{B_CODE}")
    expect(page.locator(".sheet canvas")).to_be_visible()
    expect(page.locator(".marks .hit")).to_have_count(0)
    page.keyboard.press("f")
    expect(page.get_by_role("searchbox", name="Tìm trong tài liệu")).to_be_focused()
    page.keyboard.type("cong hoa xa hoi")
    page.keyboard.press("Enter")
    expect(page.locator(".marks .hit.now").first).to_be_attached()
    choose(page, "Chữ của trang")
    expect(page.locator("[data-page-text] mark").first).to_have_text(re.compile("cộng|CỘNG"))
    choose(page, "Ảnh nhỏ các trang")
    expect(page.locator(".thumb-page canvas").first).to_be_visible()
    expect(page.locator(".thumb-page .cnt").first).to_be_visible()
    seen(page, context, "reader-text")
    page.get_by_role("searchbox", name="Tìm trong tài liệu").fill("khongcotunay")
    page.keyboard.press("Enter")
    expect(page.locator("[data-hit-counter]")).to_have_text("Không có chỗ nào")


def test_a_turned_and_fitted_page_keeps_its_room(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{B_CODE}")
    expect(page.locator(".sheet canvas")).to_be_visible()
    choose(page, "Xoay trang")
    expect(page.locator(".sheet")).to_have_attribute("style", re.compile("rotate"))
    choose(page, "Vừa cả trang")
    stage = page.locator("[data-viewer]")
    expect(stage).to_be_visible()
    page.wait_for_function(
        """() => {
          const stage = document.querySelector("[data-viewer]").getBoundingClientRect();
          const sheet = document.querySelector(".sheet").getBoundingClientRect();
          return sheet.left >= stage.left && sheet.right <= stage.right + 1
            && sheet.top >= stage.top && sheet.bottom <= stage.bottom + 1
            && sheet.width > sheet.height;
        }"""
    )
    seen(page, context, "reader-turned")


def test_the_page_alone_is_printed_with_its_marks(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "luutru")
    page.goto(f"{site.url}/case-files/{B_CODE}?q=cong+hoa")
    expect(page.locator(".marks .hit").first).to_be_attached()
    page.evaluate("window.print = () => { window.printed = document.body.dataset.printsSheet; }")
    choose(page, "In trang này")
    assert page.evaluate("window.printed") == ""
    page.emulate_media(media="print")
    expect(page.locator(".sheet canvas")).to_be_visible()
    expect(page.locator("h1").first).to_be_hidden()


def test_on_a_phone_the_page_that_was_found_is_in_sight(site: Site, browser: Browser) -> None:
    narrow = browser.new_context(viewport={"width": PHONE, "height": 860}, locale="vi-VN")
    site.enter(narrow, "docgia")
    page = narrow.new_page()
    search(page, site, "ban giao mat bang")
    page.locator(".hit .pageno").first.click()
    expect(page.locator(".sheet canvas")).to_be_visible()
    expect(page.locator(".marks .hit.now").first).to_be_in_viewport()
    assert overflow_px(page) == 0
    is_sound(page)
    seen(page, narrow, "reader")
    narrow.close()


def test_a_document_opens_at_the_first_place_found_unless_a_page_was_asked_for(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    opened = f"{site.url}/case-files/{B_CODE}?document=1&q=bai+duc+cau+kien"
    page.goto(opened)
    expect(page.locator(".marks .hit.now").first).to_be_attached()
    expect(page).to_have_url(re.compile("page=2"))
    page.goto(f"{opened}&page=1")
    expect(page.locator("[data-hit-counter]")).to_have_text(re.compile(r"^\d+ chỗ ở trang khác$"))
    expect(page.locator(".sheet canvas")).to_have_attribute("aria-label", "Ảnh trang 1")


def test_the_key_for_finding_goes_to_its_field_and_its_button_closes_it(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.goto(f"{site.url}/case-files/{B_CODE}?document=1&q=ban+giao")
    expect(page.locator(".sheet canvas")).to_be_visible()
    field, button = page.locator("[data-find-in]"), page.locator("[data-reading-act=find]")
    expect(field).to_be_visible()
    page.keyboard.press("f")
    expect(field).to_be_focused()
    button.click()
    expect(field).to_be_hidden()
    button.click()
    expect(field).to_be_focused()


def test_of_a_file_that_cannot_be_shown_the_keys_say_so(
    site: Site, context: BrowserContext, page: Page
) -> None:
    site.enter(context, "docgia")
    page.route(
        re.compile("/files/"),
        lambda route: route.fulfill(body="no PDF", content_type="application/pdf"),
    )
    page.goto(f"{site.url}/case-files/{B_CODE}?document=1&q=ban+giao")
    expect(page.locator("[data-viewer-told]")).to_contain_text("Hãy tải tệp về để xem")
    page.keyboard.press("x")
    expect(page.locator("[data-page-text]")).to_have_text("Trang này không có chữ đọc được.")
    page.keyboard.press("f")
    page.keyboard.type("cong hoa")
    page.keyboard.press("Enter")
    expect(page.locator("[data-viewer-told]")).to_be_visible()
