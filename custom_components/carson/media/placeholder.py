"""Pictures in place of a camera's own: why there is none, and since when; or from when an old one is.

Home Assistant's page shows only pictures, so that is the way to tell its users. The functions take some milliseconds.
"""

from functools import lru_cache
import io
import unicodedata

from PIL import Image, ImageDraw, ImageFont

_SIZE = (640, 360)
_BACKGROUND, _TITLE, _TEXT, _LINE = (38, 42, 48), (240, 242, 245), (186, 192, 200), (98, 106, 116)
_MARGIN = 40
_TITLE_SIZE, _TEXT_SIZE = 30, 20
_MAX_LINES = 5
_MISSING = "\ufffe"
# Letters that do not come apart into a basic one and an accent.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
        "œ": "oe",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "\u2013": "-",
        "\u2014": "-",
    }
)

type _Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


@lru_cache(maxsize=64)
def draw_placeholder(title: str, text: str, since: str | None = None) -> bytes:
    """Return a JPEG with the name of a camera, why it cannot be shown, and since when."""
    image = Image.new("RGB", _SIZE, _BACKGROUND)
    draw = ImageDraw.Draw(image)
    _draw_crossed_camera(draw)
    y = _draw_text(draw, title, 170.0, _TITLE_SIZE, _TITLE)
    y = _draw_text(draw, text, y, _TEXT_SIZE, _TEXT)
    _draw_text(draw, since or "", y, _TEXT_SIZE, _LINE)
    return _encode(image)


@lru_cache(maxsize=64)
def draw_banner(picture: bytes, text: str) -> bytes:
    """Return a picture with a text across its top, as a JPEG; the picture itself if it cannot be read."""
    try:
        image = Image.open(io.BytesIO(picture)).convert("RGB")
    except OSError, ValueError:
        return picture
    size = max(10, image.height // 16)
    draw = ImageDraw.Draw(image, "RGBA")
    draw.rectangle((0, 0, image.width, size * 1.8), fill=(0, 0, 0, 170))
    font = _font(size)
    draw.text((size * 0.6, size * 0.3), _drawable(text, font), fill=_TITLE, font=font)
    return _encode(image)


def _draw_crossed_camera(draw: ImageDraw.ImageDraw) -> None:
    x, y = _SIZE[0] // 2, 95
    draw.rounded_rectangle((x - 52, y - 32, x + 22, y + 32), radius=10, outline=_LINE, width=6)
    draw.polygon(((x + 30, y - 10), (x + 54, y - 26), (x + 54, y + 26), (x + 30, y + 10)), outline=_LINE, width=6)
    draw.line((x - 58, y + 46, x + 58, y - 46), fill=_LINE, width=6)


def _draw_text(draw: ImageDraw.ImageDraw, text: str, y: float, size: int, color: tuple[int, int, int]) -> float:
    """Draw a text in as many centered lines as it needs, and return where it ends."""
    font = _font(size)
    lines = _wrap(draw, _drawable(text, font), font)[:_MAX_LINES]
    for line in lines:
        draw.text(((_SIZE[0] - draw.textlength(line, font=font)) / 2, y), line, fill=color, font=font)
        y += size * 1.35
    return y + size * 0.3 * bool(lines)


def _wrap(draw: ImageDraw.ImageDraw, text: str, font: _Font) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=font) <= _SIZE[0] - 2 * _MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _drawable(text: str, font: _Font) -> str:
    """Return the text if the font has its characters, without accents if need be.

    Pillow's own font has only basic letters. Of a text in another script, nothing is left: boxes tell nobody anything.
    """
    missing = _shape(_MISSING, font)
    plain = "".join(one for one in unicodedata.normalize("NFKD", text.translate(_LETTERS)) if one.isascii())
    is_complete = len(plain.split()) == len(text.split())
    for form in (text, plain if is_complete else ""):
        if not any(not one.isspace() and _shape(one, font) == missing for one in form):
            return form
    return ""


def _shape(character: str, font: _Font) -> bytes:
    try:
        return bytes(font.getmask(character))
    except UnicodeEncodeError:
        return b""


@lru_cache(maxsize=8)
def _font(size: int) -> _Font:
    return ImageFont.load_default(size)


def _encode(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
