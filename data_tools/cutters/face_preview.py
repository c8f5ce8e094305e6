"""Draws a contact sheet: where faces were found, and the crops the network sees."""

import dataclasses
import io
from collections import Counter
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from data_tools.corpora import Clip
from data_tools.cutters.face_box import crop
from data_tools.cutters.face_cutter import FaceCutter
from data_tools.cutters.face_tracker import Origin, TrackedFace
from data_tools.workers.run_tasks import run_tasks

_FRAMES_PER_CLIP = 4
_HEIGHT = 128
_GAP = 6
_LINE = 20
_PAPER, _INK = (255, 255, 255), (40, 40, 40)
# Colours that the colour-blind can tell apart; the legend names them.
_COLOURS = {
    Origin.DETECTED: (0, 158, 115),
    Origin.REUSED: (230, 159, 0),
    Origin.BACK_FILLED: (86, 130, 233),
}


@dataclasses.dataclass(frozen=True)
class FacePreview:
    """Draws some clips of a face dataset.

    Attributes:
      cutter: The cutter of the dataset.
      num_clips: How many clips to draw.
      num_workers: Worker processes; 0 chooses by the number of clips.
    """

    cutter: FaceCutter
    num_clips: int
    num_workers: int = 0

    def __call__(self, clips: Sequence[Clip]) -> bytes:
        """Draws one row per clip: frames with boxes, and beside each frame its crop.

        Args:
          clips: All clips of the dataset; the ones to draw are chosen from them.

        Returns:
          The bytes of a PNG picture.

        Raises:
          MediaError: A clip can no longer be read.
        """
        chosen = choose_clips(clips, self.num_clips)
        rows = run_tasks(
            _clip_row,
            [(clip, self.cutter) for clip in chosen],
            num_clips=[1] * len(chosen),
            num_workers=self.num_workers,
            clips_worth_a_process=self.cutter.clips_worth_a_process,
            modules=self.cutter.modules,
            desc="preview",
        )
        sheet = _below([_legend(), *rows])
        stream = io.BytesIO()
        sheet.save(stream, "PNG")
        return stream.getvalue()


def choose_clips(clips: Sequence[Clip], count: int) -> list[Clip]:
    """Chooses clips that differ in emotion, speaker and file type.

    One clip after another is chosen. Each is of the emotion that was chosen least often
    so far; ties are broken by the speaker, then by the file type, chosen least often.

    Args:
      clips: All clips, sorted.
      count: How many to choose. If there are fewer clips, all are chosen.

    Returns:
      The chosen clips, in the order of `clips`.
    """
    # Evenly spaced clips would miss whole emotions, since corpora are so regular.
    order = np.random.default_rng(0).permutation(len(clips)).tolist()
    seen: list[Counter[str]] = [Counter(), Counter(), Counter()]
    chosen: list[int] = []
    for _ in range(min(count, len(clips))):
        place = min(order, key=lambda i: _how_often(_kinds(clips[i]), seen))
        for word, counter in zip(_kinds(clips[place]), seen, strict=True):
            counter[word] += 1
        order.remove(place)
        chosen.append(place)
    return [clips[place] for place in sorted(chosen)]


def _kinds(clip: Clip) -> tuple[str, str, str]:
    return clip.emotion, clip.speaker, clip.path.suffix.lower()


def _how_often(words: tuple[str, ...], seen: Sequence[Counter[str]]) -> list[int]:
    return [counter[word] for word, counter in zip(words, seen, strict=True)]


def _clip_row(task: tuple[Clip, FaceCutter]) -> Image.Image:
    """Draws one clip: a title with its name and counts, and some of its frames."""
    clip, settings = task
    cutter = settings.open()
    kept = {
        number: (tracked.origin, tracked.box)
        for number, tracked in enumerate(cutter.track(clip))
        if tracked.is_kept
    }
    origins = [origin for origin, _ in kept.values()]
    numbers = list(kept)
    chosen = {numbers[place] for place in choose_frames(origins)}
    cells = []
    for number, frame in enumerate(cutter.frames(clip)):
        if number in chosen:
            origin, box = kept[number]
            face = crop(frame.pixels, box, settings.front_end)
            cells.append(_frame_cell(TrackedFace(frame, box, origin), face))
    counts = Counter(origins)
    told = ", ".join(
        f"{counts[origin]} {origin.value}" for origin in Origin if counts[origin]
    )
    title = f"{clip.key}   {clip.emotion}   {len(origins)} frames: {told}"
    return _below([_text(title), _beside(cells)])


def choose_frames(origins: Sequence[Origin]) -> set[int]:
    """Chooses which frames of a clip to draw.

    Args:
      origins: Where the box of each frame comes from.

    Returns:
      Indices of up to four frames, evenly spread, but such that every origin that
      occurs in the clip is drawn.
    """
    last = len(origins) - 1
    places = [round(i * last / (_FRAMES_PER_CLIP - 1)) for i in range(_FRAMES_PER_CLIP)]
    counts = Counter(origins[place] for place in places)
    for origin in Origin:
        if origin in origins and not counts[origin]:
            first = origins.index(origin)
            # Replaces the nearest frame whose origin is drawn more than once.
            spare = [i for i, place in enumerate(places) if counts[origins[place]] > 1]
            nearest = min(spare, key=lambda i: abs(places[i] - first))
            counts[origins[places[nearest]]] -= 1
            counts[origin] += 1
            places[nearest] = first
    return set(places)


def boxed(face: TrackedFace, *, height: int) -> Image.Image:
    """Draws a frame with the box of its face, in the colour of the box's origin.

    Args:
      face: The frame and the box.
      height: Height of the drawing, in pixels.
    """
    box = face.box
    frame = Image.fromarray(face.frame.pixels)
    scale = height / frame.height
    frame = frame.resize((max(1, round(frame.width * scale)), height))
    corners = [
        round(scale * place)
        for place in (box.x, box.y, box.x + box.width, box.y + box.height)
    ]
    ImageDraw.Draw(frame).rectangle(
        corners, outline=_COLOURS[face.origin], width=max(2, height // 60)
    )
    return frame


def _frame_cell(face: TrackedFace, given: np.ndarray) -> Image.Image:
    """Draws a frame with its box, and to the right its crop, `given`.

    `given` is uint8 `[size, size, 3]`, RGB.
    """
    crop_side = Image.fromarray(given).resize((_HEIGHT, _HEIGHT), Image.Resampling.BOX)
    space = Image.new("RGB", (2 * _GAP, _HEIGHT), _PAPER)
    return _beside([boxed(face, height=_HEIGHT), crop_side, space])


def _legend() -> Image.Image:
    """Draws the legend of the box colours."""
    words = [_text("Box:", _INK)]
    words += [_text(origin.value, colour) for origin, colour in _COLOURS.items()]
    words.append(_text("Beside each frame: the crop that the network sees"))
    return _beside(words)


def _text(words: str, colour: tuple[int, int, int] = _INK) -> Image.Image:
    font = ImageFont.load_default(14)
    width = round(font.getlength(words)) + 2 * _GAP
    image = Image.new("RGB", (width, _LINE), _PAPER)
    ImageDraw.Draw(image).text((_GAP, 2), words, colour, font)
    return image


def _beside(parts: Sequence[Image.Image]) -> Image.Image:
    width = sum(part.width + _GAP for part in parts)
    image = Image.new("RGB", (width, max(part.height for part in parts)), _PAPER)
    left = 0
    for part in parts:
        image.paste(part, (left, 0))
        left += part.width + _GAP
    return image


def _below(parts: Sequence[Image.Image]) -> Image.Image:
    height = sum(part.height + _GAP for part in parts)
    image = Image.new("RGB", (max(part.width for part in parts), height), _PAPER)
    top = 0
    for part in parts:
        image.paste(part, (0, top))
        top += part.height + _GAP
    return image
