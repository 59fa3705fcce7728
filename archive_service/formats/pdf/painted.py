"""What the pages of a PDF really paint: fonts with which text is shown, images, colours.

Resources are no proof: a form keeps default fonts that no text uses, and a page inherits images
of its neighbours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

_OPERATORS = "q Q Tf Tr Tj TJ ' \" Do gs g G rg RG k K cs CS f F f* B B* b b* ri BI ID EI"
_SHOWS = ("Tj", "TJ", "'", '"')
_FILLS = ("f", "F", "f*", "B", "B*", "b", "b*")
_DEVICES = {"g": "/DeviceGray", "rg": "/DeviceRGB", "k": "/DeviceCMYK"}
_UNSEEN = 3  # text rendering mode
_DEEPEST = 12
_MOST_STREAMS = 20_000


@dataclass(slots=True)
class Painted:
    """``fonts`` are told once; ``images`` with what their page or form says of device colours.

    ``colours`` are those of a device in which something is drawn; ``forms`` and ``states`` (of
    graphics) those that are used. ``whole`` is false where not everything could be looked at.
    """

    fonts: dict[Any, Any] = field(default_factory=dict)
    images: list[tuple[Any, "Colours"]] = field(default_factory=list)
    colours: set[tuple[str, "Colours"]] = field(default_factory=set)
    forms: list[Any] = field(default_factory=list)
    states: list[Any] = field(default_factory=list)
    inline: list[Any] = field(default_factory=list)  # keys and values of images in the streams
    intents: set[str] = field(default_factory=set)
    deepest: int = 0  # graphics states that are kept at once
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Colours:
    """Device colours that have a meaning where they are used."""

    defaults: frozenset[str] = frozenset()  # DefaultGray, DefaultRGB, DefaultCMYK
    known: bool = False  # the page has an output intent, or a group with a colour space

    def cover(self, space: str) -> bool:
        """Whether ``/DeviceRGB`` and such may be used."""
        return self.known or space.replace("/Device", "/Default") in self.defaults


@dataclass(slots=True)
class _Text:
    """What ``q`` and ``Q`` keep and bring back; ``is_chosen``: a colour to fill with was set."""

    font: Any = None
    mode: int = 0
    is_chosen: bool = False


def painted_by(pdf: Any) -> Painted:
    """Walk through all pages and what they draw, and the pictures of their annotations."""
    walk = _Walk()
    for page in pdf.pages:
        resources = page.obj.get("/Resources")
        known = bool(page.obj.get("/OutputIntents")) or _has_space(page.obj.get("/Group"))
        walk.through(page.obj, resources, Colours(known=known), 0)
        for picture in _pictures(page.obj):
            walk.through(picture, picture.get("/Resources"), Colours(known=known), 1)
    return walk.painted


class _Walk:
    def __init__(self) -> None:
        self.painted = Painted()
        self._seen: set[tuple[tuple[int, int], Colours]] = set()

    def through(self, owner: Any, resources: Any, colours: Colours, depth: int) -> None:
        """Read one content stream; a form that was read with the same colours is not read again."""
        import pikepdf

        key = (owner.objgen, colours)
        if (owner.is_indirect and key in self._seen) or not isinstance(
            resources, pikepdf.Dictionary
        ):
            return
        self._seen.add(key)
        if depth > _DEEPEST or len(self._seen) > _MOST_STREAMS:
            self.painted.whole = False
            return
        here = _with_defaults(colours, resources.get("/ColorSpace"))
        try:
            self._read(owner, resources, here, depth)
        except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError):
            self.painted.whole = False

    def _read(self, owner: Any, resources: Any, colours: Colours, depth: int) -> None:
        import pikepdf

        text, kept = _Text(is_chosen=depth > 0), []  # a form takes its first colour from outside
        for instruction in pikepdf.parse_content_stream(owner, _OPERATORS):
            word, operands = str(instruction.operator), list(instruction.operands)
            if word == "q":
                kept.append(replace(text))
                self.painted.deepest = max(self.painted.deepest, len(kept))
            elif word == "Q":
                text = kept.pop() if kept else text
            elif word == "Tf":
                text.font = _named(resources, "/Font", operands[0])
            elif word in ("gs", "ri", "INLINE IMAGE"):
                self._state(instruction, resources)
            elif word == "Tr":
                text.mode = int(operands[0])
            elif word == "Do":
                self._object(_named(resources, "/XObject", operands[0]), resources, colours, depth)
            elif word.lower() in _DEVICES or word == "cs":
                text.is_chosen = text.is_chosen or word.islower()
                if word != "cs":
                    self.painted.colours.add((_DEVICES[word.lower()], colours))
            elif word in _FILLS and not text.is_chosen:
                self.painted.colours.add(("/DeviceGray", colours))
            elif word in _SHOWS and text.font is not None and text.mode != _UNSEEN:
                self.painted.fonts[text.font.objgen, id(resources)] = text.font

    def _state(self, instruction: Any, resources: Any) -> None:
        """A state of graphics, an intent, or an image that stands in the stream itself."""
        import pikepdf

        if isinstance(instruction, pikepdf.ContentStreamInlineImage):
            self.painted.inline.append(instruction.iimage.obj)
        elif str(instruction.operator) == "ri":
            self.painted.intents.add(str(instruction.operands[0]))
        else:
            state = _named(resources, "/ExtGState", instruction.operands[0])
            self.painted.states += [state] if isinstance(state, pikepdf.Dictionary) else []

    def _object(self, instruction: Any, resources: Any, colours: Colours, depth: int) -> None:
        import pikepdf

        if not isinstance(instruction, pikepdf.Stream):
            return
        if instruction.get("/Subtype") == "/Image":
            self.painted.images.append((instruction, colours))
        elif instruction.get("/Subtype") == "/PS":
            self.painted.forms.append(instruction)
        elif instruction.get("/Subtype") == "/Form":
            self.painted.forms.append(instruction)
            known = colours.known or _has_space(instruction.get("/Group"))
            below = Colours(colours.defaults, known)
            self.through(instruction, instruction.get("/Resources", resources), below, depth + 1)


def _named(resources: Any, kind: str, name: Any) -> Any:
    import pikepdf

    of_kind = resources.get(kind)
    return of_kind.get(str(name)) if isinstance(of_kind, pikepdf.Dictionary) else None


def _with_defaults(colours: Colours, spaces: Any) -> Colours:
    import pikepdf

    if not isinstance(spaces, pikepdf.Dictionary):
        return colours
    found = {key for key in ("/DefaultGray", "/DefaultRGB", "/DefaultCMYK") if key in spaces}
    return Colours(colours.defaults | found, colours.known)


def _has_space(group: Any) -> bool:
    """Whether a transparency group names a colour space that no device has."""
    import pikepdf

    space = group.get("/CS") if isinstance(group, pikepdf.Dictionary) else None
    return isinstance(space, pikepdf.Array)


def _pictures(page: Any) -> Iterator[Any]:
    """The normal appearance of each annotation, in the state that is shown."""
    import pikepdf

    found = page.get("/Annots")
    for annotation in found if isinstance(found, pikepdf.Array) else []:
        looks = annotation.get("/AP") if isinstance(annotation, pikepdf.Dictionary) else None
        normal = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
        if isinstance(normal, pikepdf.Dictionary):
            normal = normal.get(str(annotation.get("/AS", "/Off")))
        if isinstance(normal, pikepdf.Stream):
            yield normal
