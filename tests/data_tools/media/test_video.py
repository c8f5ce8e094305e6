import itertools
import os
import tracemalloc
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from data_tools.media.video import read_frames
from data_tools.media_error import MediaError
from tests.data_tools.film import numbered, numbers, write_film, write_talking_film
from tests.data_tools.media.reading import read_audio

FORMATS = {
    "avi": "mpeg4",
    "mp4": "mpeg4",
    "mkv": "mpeg4",
    "mov": "mjpeg",
    "mpg": "mpeg2video",
    "webm": "libvpx",
}


def pix_fmt(codec):
    return "yuvj420p" if codec == "mjpeg" else "yuv420p"


@pytest.fixture
def film(tmp_path):
    """Writes numbered frames into a file."""

    def make(name="film.avi", codec="mpeg4", count=30, **options):
        options.setdefault("pix_fmt", pix_fmt(codec))
        return write_film(tmp_path / name, numbered(count), codec, **options)

    return make


@pytest.fixture
def noisy(tmp_path, rng):
    """Writes frames of noise, so that every byte of the file matters."""
    pictures = rng.integers(0, 256, (40, 48, 64, 3), np.uint8)

    def make(name, codec="mpeg4"):
        return write_film(tmp_path / name, pictures, codec, pix_fmt=pix_fmt(codec))

    return make


@pytest.mark.parametrize(("ending", "codec"), FORMATS.items())
def test_every_frame_is_read_in_order(film, ending, codec):
    frames = list(read_frames(film(f"film.{ending}", codec)))
    assert numbers(frames) == list(range(30))
    assert frames[0].pixels.shape == (48, 64, 3)
    np.testing.assert_allclose(
        [frame.time_s for frame in frames], np.arange(30) / 25, atol=1e-3
    )


@pytest.mark.parametrize(("ending", "codec"), FORMATS.items())
def test_a_stretch_is_what_lies_in_it(film, ending, codec):
    path = film(f"film.{ending}", codec)
    frames = read_frames(path, start_s=0.6, end_s=0.8)
    assert numbers(frames) == [15, 16, 17, 18, 19]


CODED_OUT_OF_ORDER = [("film.avi", "mpeg4"), ("film.avi", "libx264")]
CODED_OUT_OF_ORDER += [("film.mp4", "libx264"), ("film.mkv", "libx264")]


@pytest.mark.parametrize(("name", "codec"), CODED_OUT_OF_ORDER)
def test_frames_that_are_coded_out_of_order_are_shown_in_order(film, name, codec):
    path = film(name, codec, max_b_frames=2)
    frames = list(read_frames(path))
    assert numbers(frames) == list(range(30))
    for number, frame in enumerate(frames):
        assert frame.time_s == pytest.approx(number / 25, abs=2e-3)
    for start in range(29):
        stretch = read_frames(path, start_s=start / 25, end_s=(start + 2) / 25)
        assert numbers(stretch) == [start, start + 1]


@pytest.mark.parametrize("name", ["film.avi", "film.mkv", "film.mp4"])
def test_times_rounded_to_milliseconds_find_their_frames(film, name):
    path = film(name, rate=30)
    for start in range(28):
        stretch = read_frames(
            path, start_s=round(start / 30, 3), end_s=round((start + 2) / 30, 3)
        )
        assert numbers(stretch) == [start, start + 1]


def test_a_dropped_last_frame_is_no_truncation(film):
    path = film("film.avi")
    content = bytearray(path.read_bytes())
    # Capture programs write an empty chunk where they had no frame.
    last = content.rindex(b"00dc", 0, content.rindex(b"idx1"))
    size = int.from_bytes(content[last + 4 : last + 8], "little")
    content[last : last + 8 + size] = (
        b"00dc\0\0\0\0JUNK" + (size - 8).to_bytes(4, "little") + bytes(size - 8)
    )
    path.write_bytes(content)
    assert numbers(read_frames(path)) == list(range(29))


def test_a_stretch_between_two_frames_says_so(film):
    with pytest.raises(MediaError, match=r"shows no new frame from 0\.41 s to 0\.43 s"):
        list(read_frames(film(), start_s=0.41, end_s=0.43))


def test_an_unknown_codec_is_named(film):
    path = film()
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"XQZW"))
    with pytest.raises(MediaError, match="video codec that FFmpeg does not know"):
        list(read_frames(path))


def test_a_name_with_a_colon_is_no_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_film(tmp_path / "a.avi", numbered(3)).rename(tmp_path / "http:a.avi")
    assert numbers(read_frames(Path("http:a.avi"))) == [0, 1, 2]


def test_a_stride_counts_from_the_beginning_of_the_stretch(film):
    assert numbers(read_frames(film(), stride=7)) == [0, 7, 14, 21, 28]
    assert numbers(read_frames(film(), start_s=0.4, stride=10)) == [10, 20]


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (25, [0, 5, 10, 15, 20, 25]),
        (30, [0, 6, 12, 18, 24]),
        (60, [0, 12, 24]),
        (4, list(range(30))),
    ],
)
@pytest.mark.parametrize("name", ["film.avi", "film.mkv", "film.mp4", "film.webm"])
def test_frames_of_a_second_are_as_many_at_every_rate(film, name, rate, expected):
    path = film(name, FORMATS[name[5:]], rate=rate)
    frames = list(read_frames(path, frames_per_second=5))
    assert numbers(frames) == expected
    assert numbers(read_frames(path, frames_per_second=rate)) == list(range(30))


def test_frames_of_a_second_follow_times_and_come_once(film):
    pts = list(np.cumsum([1, 1, 5, 1, 9] * 2))
    path = film("film.mkv", count=10, pts=pts)
    # Seconds: 0, .04, .24, .28, .64, .68, .72, .92, .96, 1.32.
    assert numbers(read_frames(path, frames_per_second=5)) == [0, 2, 4, 7, 9]
    assert numbers(read_frames(path, start_s=0.28, frames_per_second=5)) == [
        3,
        4,
        5,
        7,
        9,
    ]


def test_frames_of_a_second_go_on_where_times_jump_back(film):
    path = film("film.mpg", "mpeg2video")
    path.write_bytes(2 * path.read_bytes())
    assert numbers(read_frames(path, frames_per_second=2)) == [0, 13, 25] * 2


@pytest.mark.parametrize("name", ["a.avi", "a.mkv", "a.mp4"])
@pytest.mark.parametrize("is_sound_first", [False, True])
def test_a_film_with_sound_gives_both(tmp_path, tone, name, is_sound_first):
    samples = tone(seconds=1.2)
    path = write_talking_film(
        tmp_path / name, list(numbered(30)), samples, is_sound_first=is_sound_first
    )
    assert numbers(read_frames(path)) == list(range(30))
    heard = read_audio(path)
    assert abs(len(heard) - len(samples)) < 2 * 1152  # Two frames of the codec.


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_a_film_that_a_browser_records_is_read_by_its_times(film, codec):
    pts = list(np.cumsum([0, *[33, 34, 150, 33, 400] * 5]))
    path = film("film.webm", codec, 26, rate=1000, pts=pts, options={"live": "1"})
    with av.open(str(path)) as container:
        assert container.duration is None
    frames = list(read_frames(path))
    assert numbers(frames) == list(range(26))
    assert [round(1000 * frame.time_s) for frame in frames] == pts
    stretch = list(read_frames(path, start_s=1, end_s=2))
    assert numbers(stretch) == [n for n in range(26) if 1000 <= pts[n] < 2000]


def test_a_variable_rate_is_told_by_the_times(film):
    pts = list(np.cumsum([1, 1, 5, 1, 9] * 2))
    path = film("film.mkv", count=10, pts=pts)
    frames = list(read_frames(path))
    assert numbers(frames) == list(range(10))
    seconds = [frame.time_s for frame in frames]
    np.testing.assert_allclose(np.diff(seconds), np.diff(pts) / 25, atol=2e-3)


@pytest.mark.parametrize(
    ("degrees", "corner"), [(90, (-1, 0)), (-90, (0, -1)), (180, (-1, -1))]
)
def test_a_camera_held_sideways_is_turned_upright(tmp_path, degrees, corner):
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:16, :16] = 255
    path = write_film(tmp_path / "a.mp4", [picture] * 2, rotation=degrees)
    frame = next(read_frames(path))
    assert frame.pixels.shape[:2] == ((48, 64) if degrees == 180 else (64, 48))
    bright = [frame.pixels[y, x].mean() > 200 for y in (0, -1) for x in (0, -1)]
    expected = [(y, x) == corner for y in (0, -1) for x in (0, -1)]
    assert bright == expected


def test_grey_is_copied_to_all_colours(tmp_path, rng):
    picture = np.repeat(rng.integers(0, 256, (48, 64, 1), np.uint8), 3, axis=2)
    path = write_film(tmp_path / "a.avi", [picture], "ffv1", pix_fmt="gray")
    frame = next(read_frames(path))
    np.testing.assert_array_equal(frame.pixels, picture)


def test_odd_sizes_keep_every_pixel(tmp_path, rng):
    picture = rng.integers(0, 256, (47, 61, 3), np.uint8)
    path = write_film(tmp_path / "a.mkv", [picture], "ffv1", pix_fmt="bgr0")
    np.testing.assert_array_equal(next(read_frames(path)).pixels, picture)


def test_memory_does_not_grow_with_the_film(tmp_path):
    path = write_film(tmp_path / "long.avi", numbered(30, size=(640, 480)))
    one_frame = 640 * 480 * 3
    tracemalloc.start()
    for _ in read_frames(path):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * one_frame


def test_an_empty_file_is_named(tmp_path):
    path = tmp_path / "a.avi"
    path.touch()
    with pytest.raises(MediaError, match=r"a\.avi: is empty \(0 bytes\)"):
        list(read_frames(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MediaError, match=r"a\.avi: cannot be read \(No such file"):
        list(read_frames(tmp_path / "a.avi"))


def test_text_is_no_video(tmp_path):
    path = tmp_path / "a.avi"
    path.write_text("RIFF, but not really\n" * 50)
    with pytest.raises(MediaError, match=r"a\.avi: cannot be decoded"):
        list(read_frames(path))


def test_a_sound_has_no_video_track(tmp_path, tone):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(), 16000)
    with pytest.raises(MediaError, match=r"a\.wav: has no video track"):
        list(read_frames(path))


def test_a_track_without_frames_is_named(tmp_path):
    path = write_film(tmp_path / "a.mkv", numbered(3))
    content = path.read_bytes()
    # The first cluster of frames and everything behind it.
    path.write_bytes(content[: content.index(b"\x1f\x43\xb6\x75")])
    with pytest.raises(MediaError, match=r"a\.mkv: ends behind its header"):
        list(read_frames(path))


@pytest.mark.parametrize("name", ["a.avi", "a.mp4", "a.mkv", "a.mpg"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_file_is_an_error(noisy, name, share):
    path = noisy(name, "mpeg2video" if name == "a.mpg" else "mpeg4")
    os.truncate(path, int(share * path.stat().st_size))
    with pytest.raises(MediaError, match=r"truncated|cannot be decoded|is corrupt"):
        list(read_frames(path))


def test_an_mp4_that_lost_its_last_frame_is_an_error(tmp_path, rng):
    pictures = rng.integers(0, 256, (40, 48, 64, 3), np.uint8)
    # With its index in front, it opens whatever is missing behind.
    path = write_film(tmp_path / "a.mp4", pictures, options={"movflags": "faststart"})
    assert len(list(read_frames(path))) == 40
    os.truncate(path, path.stat().st_size * 39 // 40)
    with pytest.raises(MediaError, match=r"truncated|cannot be decoded|is corrupt"):
        list(read_frames(path))


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg"])
def test_a_damaged_frame_is_an_error(noisy, codec):
    path = noisy("a.avi", codec)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = b"\xff" * 200
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"a\.avi: (is corrupt at|cannot be decoded)"):
        list(read_frames(path))


@pytest.mark.parametrize(
    ("stretch", "message"),
    [
        ({"start_s": 1.3}, r"is 1\.20 s long, but the clip is 1\.3 s to its end"),
        ({"end_s": 1.5}, r"is 1\.20 s long, but the clip is 0 s to 1\.5 s"),
        ({"start_s": 2, "end_s": 3}, r"is 1\.20 s long, but the clip is 2 s to 3 s"),
    ],
)
def test_a_stretch_outside_of_the_film_is_an_error(film, stretch, message):
    with pytest.raises(MediaError, match=message):
        list(read_frames(film(), **stretch))


def test_an_end_just_past_the_last_frame_is_rounding(film):
    assert len(list(read_frames(film(), end_s=1.24))) == 30


def test_reading_stops_when_nobody_asks_for_more(film):
    assert numbers(itertools.islice(read_frames(film()), 3)) == [0, 1, 2]
