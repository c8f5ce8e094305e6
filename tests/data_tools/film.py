"""Writes videos for tests, and a photograph's face put through a camera."""

import av
import cv2
import numpy as np


def write_film(
    path, pictures, codec="mpeg4", rate=25, pts=None, rotation=0, options=None, **stream
):
    """Encodes pictures `[height, width, 3]`; `pts` places them in frames."""
    pictures = list(pictures)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options=options or {}) as file:
        track = file.add_stream(codec, rate=rate)
        track.height, track.width = pictures[0].shape[:2]
        track.pix_fmt = stream.pop("pix_fmt", "yuv420p")
        if codec in ("mpeg4", "mjpeg"):
            track.codec_context.qmin, track.codec_context.qmax = 2, 4
        if rotation:
            track.set_display_rotation(rotation)
        for name, value in stream.items():
            setattr(track.codec_context, name, value)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number if pts is None else pts[number]
            file.mux(track.encode(frame))
        file.mux(track.encode(None))
    return path


def write_talking_film(path, pictures, samples, *, is_sound_first=False):
    """Encodes pictures beside the sound `[num_samples]` at 16 kHz."""
    with av.open(str(path), "w") as file:

        def add_sound():
            return file.add_stream("mp2", rate=16000, layout="mono")

        sound = add_sound() if is_sound_first else None
        track = file.add_stream("mpeg4", rate=25)
        track.height, track.width = pictures[0].shape[:2]
        track.pix_fmt = "yuv420p"
        track.codec_context.qmin, track.codec_context.qmax = 2, 4
        sound = sound or add_sound()
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            file.mux(track.encode(frame))
        whole = av.AudioFrame.from_ndarray(
            (32767 * samples[np.newaxis]).astype(np.int16), format="s16", layout="mono"
        )
        whole.sample_rate, whole.pts = 16000, 0
        file.mux(sound.encode(whole))
        file.mux(track.encode(None))
        file.mux(sound.encode(None))
    return path


def numbered(count, size=(64, 48)):
    """Pictures whose brightness tells their number."""
    for number in range(count):
        yield np.full((size[1], size[0], 3), 8 * number, np.uint8)


def numbers(frames):
    """The numbers of frames, whatever the codec made of them."""
    return [round(float(frame.pixels.mean()) / 8) for frame in frames]


def filmed(photograph, *, scale=1.2, x=0, y=0, brightness=1.0, size=(320, 240)):
    """The photograph as a camera sees it: scaled, moved, brighter or darker.

    The face stays in the middle of the picture but for `x` and `y`, in pixels.
    """
    left, top = size[0] / 2 - 223 * scale + x, size[1] / 2 - 115 * scale + y
    matrix = np.array([[scale, 0, left], [0, scale, top]], np.float64)
    seen = cv2.warpAffine(photograph, matrix, size, flags=cv2.INTER_AREA)
    return np.clip(seen * brightness, 0, 255).astype(np.uint8)
