"""The address of a second factor as a QR code, drawn in the page."""

from markupsafe import Markup


def qr_of(text: str, label: str) -> Markup:
    """An ``svg`` element that stands in the page itself: no other address holds the secret."""
    import zxingcpp  # a library of formats, used where a picture is wanted

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    drawn = code.to_svg(scale=4, add_quiet_zones=True)
    picture = Markup(drawn[drawn.index("<svg") + len("<svg") :])  # noqa: S704 - squares alone
    return Markup('<svg role="img" aria-label="{}"').format(label) + picture
