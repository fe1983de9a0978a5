"""Gemini: `generateContent` for sorting photos into albums, as its SDK asks for it.

It runs for whoever asked for it (keys.py): no other key opens it. It looks at the pictures it is sent: photos that
follow each other, taken on one day and of one colour, are an album. What the real service refuses is refused here: a
wrong key, a model that there is not, a request without pictures or schema, a picture that is none.
"""

import asyncio
import base64
import binascii
import hmac
import io
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from infra.local.stand_ins.framework import Call, Reply, StandIn, Surroundings, json_reply

_GENERATE = re.compile(r"/v1(?:beta)?/models/(?P<model>[^/:]+):generateContent")
_MODEL = re.compile(r"gemini-[\w.-]+")
_CAPTION = re.compile(r"Photo (?P<number>\d+)\b")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ALBUM = re.compile(r'^Album (?P<number>\d+): (?P<title>"(?:[^"\\]|\\.)*")', re.MULTILINE)
_SATURATED = 60
_HUES = ((16, "Red"), (48, "Yellow"), (112, "Green"), (184, "Blue"), (232, "Purple"), (256, "Red"))
_TOKENS_A_PICTURE = 258


class _Refused(Exception):
    """What the service answers with an error."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.document = {"error": {"code": int(status), "message": message, "status": name}}
        self.status = status


@dataclass(frozen=True)
class _Photo:
    number: int
    day: str
    colour: str


def stand_in(surroundings: Surroundings) -> StandIn:
    return Gemini(surroundings)


class Gemini(StandIn):
    """The part of Gemini's API that curating uses."""

    service = "gemini"

    def __init__(self, surroundings: Surroundings) -> None:
        self._key = surroundings.keys.get("gemini_api_key") or ""

    async def answer(self, call: Call) -> Reply:
        try:
            return json_reply(await asyncio.to_thread(self._generate, call))
        except _Refused as refused:
            return json_reply(refused.document, refused.status)

    def _generate(self, call: Call) -> dict[str, Any]:
        model = self._admitted(call)
        text, photos = _read(call)
        if call.fault == "blocked":
            return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, **_usage(model, text, photos, "")}
        albums = _disobedient(photos) if call.fault == "injection" else _albums(text, photos)
        said = json.dumps({"albums": albums})
        if call.fault == "half_json":
            said = said[: len(said) // 2]
        content = {"role": "model", "parts": [{"text": said}]}
        return {
            "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
            **_usage(model, text, photos, said),
        }

    def _admitted(self, call: Call) -> str:
        """The model that is asked, when this caller may ask it."""
        shown = call.headers.get("x-goog-api-key") or "".join(call.query.get("key", []))
        if not self._key or not hmac.compare_digest(shown.encode(), self._key.encode()):
            raise _Refused(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "API key not valid.")
        found = _GENERATE.fullmatch(call.path)
        if call.method != "POST" or found is None or not _MODEL.fullmatch(found["model"]):
            raise _Refused(HTTPStatus.NOT_FOUND, "NOT_FOUND", "There is no such model or method.")
        return found["model"]


def _read(call: Call) -> tuple[str, list[_Photo]]:
    """All text, and each photo with the caption before it."""
    try:
        document = call.json()
        parts = [part for content in document["contents"] for part in content["parts"]]
        how = document["generationConfig"]
        asked_for_json = how["responseMimeType"] == "application/json" and how["responseSchema"]["properties"]["albums"]
    except (ValueError, LookupError, TypeError):
        raise _Refused(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "Invalid JSON payload received.") from None
    texts: list[str] = []
    photos = []
    for part in parts:
        if "text" in part:
            texts.append(part["text"])
        elif "inlineData" in part and texts:
            photos.append(_photo(texts[-1], part["inlineData"]))
    if not photos or not asked_for_json:
        raise _Refused(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "This stand-in sorts photos, and nothing else.")
    return "\n".join(texts), photos


def _photo(caption: str, data: dict[str, Any]) -> _Photo:
    from PIL import Image, UnidentifiedImageError

    try:
        content = base64.b64decode(data["data"].translate(str.maketrans("-_", "+/")), validate=True)
        with Image.open(io.BytesIO(content)) as picture:
            mean = picture.convert("RGB").resize((1, 1)).convert("HSV")
    except (binascii.Error, KeyError, UnidentifiedImageError, OSError):
        raise _Refused(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "Unable to process input image.") from None
    found = _CAPTION.match(caption)
    if found is None:
        raise _Refused(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "A picture has no number before it.")
    day = _DAY.search(caption)
    return _Photo(int(found["number"]), day[0] if day else "", _colour(*mean.tobytes()))


def _colour(hue: int, saturation: int, value: int) -> str:
    if saturation < _SATURATED:
        return "Bright" if value > 127 else "Dark"
    return next(name for end, name in _HUES if hue < end)


def _albums(text: str, photos: list[_Photo]) -> list[dict[str, Any]]:
    """An album for each run of photos of one day and colour, going on with an earlier one of the same title."""
    earlier = {json.loads(found["title"]): int(found["number"]) for found in _ALBUM.finditer(text)}
    albums: list[dict[str, Any]] = []
    for photo in photos:
        title = f"{photo.colour}, {photo.day}" if photo.day else photo.colour
        if not albums or albums[-1]["title"] != title:
            theme = f"Photos in which {photo.colour.lower()} is what one sees first."
            number = earlier.get(title)
            albums.append({"title": title, "theme_description": theme, "photos": [], "continues": number})
        albums[-1]["photos"].append(photo.number)
    return albums


def _disobedient(photos: list[_Photo]) -> list[Any]:
    """What a model says that obeys the text in a photo, or hates us."""
    mine = [photo.number for photo in photos]
    title = "<script>alert('title')</script>\x00\u202e" + "Now " * 2_000
    return [
        {"title": title, "theme_description": "<img src=x onerror=alert(1)>", "photos": [*mine[:1] * 3, 0, -1, 9_999]},
        {"title": "", "theme_description": "x" * 50_000, "photos": mine[:2], "continues": 9_999},
        {"title": ["no", "text"], "theme_description": None, "photos": "all of them", "user_id": "somebody else"},
        "no album at all",
    ]


def _usage(model: str, text: str, photos: list[_Photo], said: str) -> dict[str, Any]:
    asked = len(text) // 4 + _TOKENS_A_PICTURE * len(photos)
    counts = {"promptTokenCount": asked, "candidatesTokenCount": len(said) // 4}
    return {"usageMetadata": {**counts, "totalTokenCount": sum(counts.values())}, "modelVersion": model}
