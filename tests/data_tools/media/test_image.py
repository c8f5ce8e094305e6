import os

import cv2
import numpy as np
import pytest
from PIL import Image

from data_tools.media.image import read_image
from data_tools.media_error import MediaError


@pytest.fixture
def picture(rng):
    return rng.integers(0, 256, (30, 41, 3), np.uint8)


@pytest.mark.parametrize("ending", ["png", "tiff", "tif", "bmp"])
def test_colour_keeps_every_pixel(tmp_path, picture, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(picture).save(path)
    np.testing.assert_array_equal(read_image(path), picture)


def test_a_jpeg_is_nearly_the_picture(tmp_path):
    smooth = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    picture = np.stack([smooth, smooth // 2, 255 - smooth], axis=2)
    Image.fromarray(picture).save(tmp_path / "a.jpg", quality=95)
    error = np.abs(read_image(tmp_path / "a.jpg").astype(int) - picture)
    assert error.mean() < 3


@pytest.mark.parametrize("ending", ["png", "tiff", "jpg"])
def test_grey_is_copied_to_all_colours(tmp_path, ending):
    grey = np.full((20, 30), 100, np.uint8)
    Image.fromarray(grey).save(tmp_path / f"a.{ending}")
    read = read_image(tmp_path / f"a.{ending}")
    np.testing.assert_array_equal(read, np.full((20, 30, 3), 100))


@pytest.mark.parametrize("ending", ["png", "tiff"])
@pytest.mark.parametrize("num_channels", [1, 3])
def test_sixteen_bits_are_scaled_by_their_full_range(
    tmp_path, rng, ending, num_channels
):
    shape = (20, 30) if num_channels == 1 else (20, 30, 3)
    eight = rng.integers(0, 256, shape, np.uint16)
    path = tmp_path / f"a.{ending}"
    assert cv2.imwrite(str(path), 257 * eight)
    expected = eight if num_channels == 3 else np.repeat(eight[..., None], 3, axis=2)
    # OpenCV writes blue first.
    expected = expected[..., ::-1] if num_channels == 3 else expected
    np.testing.assert_array_equal(read_image(path), expected)


def test_big_endian_grey_is_read_as_what_it_is(tmp_path):
    values = np.array([[0, 257 * 200], [257 * 7, 65535]], ">u2")
    Image.frombytes("I;16B", (2, 2), values.tobytes()).save(tmp_path / "a.tiff")
    grey = read_image(tmp_path / "a.tiff")[..., 0]
    np.testing.assert_array_equal(grey, [[0, 200], [7, 255]])


def test_transparency_and_palettes_become_colours(tmp_path, picture):
    opaque = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    Image.fromarray(opaque).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture)
    Image.new("RGB", (5, 5), (9, 8, 7)).convert("P").save(tmp_path / "b.png")
    assert read_image(tmp_path / "b.png").shape == (5, 5, 3)


def test_the_camera_says_how_it_was_held(tmp_path):
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[:16, :16] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn by 90 degrees clockwise to see it upright.
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif)
    read = read_image(tmp_path / "a.jpg")
    assert read.shape == (64, 32, 3)
    assert read[4, -4].mean() > 200
    assert read[4, 4].mean() < 50


@pytest.mark.parametrize("ending", ["png", "tiff", "jpg"])
def test_a_truncated_picture_is_an_error(tmp_path, picture, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(picture).save(path)
    os.truncate(path, path.stat().st_size * 2 // 3)
    with pytest.raises(MediaError, match=r"is corrupt or truncated"):
        read_image(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"hello", r"is no PNG, JPEG, TIFF or BMP picture; save it as"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, content, message):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=rf"a\.png: {message}"):
        read_image(path)


def test_a_missing_picture_is_named(tmp_path):
    with pytest.raises(MediaError, match=r"a\.png: cannot be read \(No such file"):
        read_image(tmp_path / "a.png")


def test_pixels_of_32_bits_are_refused(tmp_path):
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(tmp_path / "a.tiff")
    with pytest.raises(MediaError, match=r"not read \(F\); save it as 8 or 16 bit"):
        read_image(tmp_path / "a.tiff")


def test_several_pictures_in_one_file_are_refused(tmp_path, picture):
    image = Image.fromarray(picture)
    image.save(tmp_path / "a.tiff", save_all=True, append_images=[image])
    with pytest.raises(MediaError, match=r"holds 2 pictures; save the one to use"):
        read_image(tmp_path / "a.tiff")


def test_a_cameras_previews_are_not_several_pictures(tmp_path, picture):
    image = Image.fromarray(picture)
    image.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[image])
    assert read_image(tmp_path / "a.jpg").shape == picture.shape


def test_white_may_be_zero(tmp_path):
    path = tmp_path / "a.tiff"
    values = np.array([[0, 257 * 8, 65535]], "<u2")
    Image.frombytes("I;16", (3, 1), values.tobytes()).save(path)
    # The entry of PhotometricInterpretation: tag 262, one short, whose value is 1.
    black_is_zero = bytes.fromhex("0601 0300 01000000 01000000")
    content = path.read_bytes()
    assert content.count(black_is_zero) == 1
    path.write_bytes(content.replace(black_is_zero, black_is_zero[:8] + bytes(4)))
    np.testing.assert_array_equal(read_image(path)[0, :, 0], [255, 247, 0])


def test_every_truncation_of_a_tiff_is_an_error_without_a_word_beside(
    tmp_path, picture, recwarn
):
    image = Image.fromarray(picture)
    for pages in ({}, {"save_all": True, "append_images": [image]}):
        image.save(tmp_path / "a.tiff", **pages)
        whole = (tmp_path / "a.tiff").read_bytes()
        for length in range(4, len(whole) - 1, len(whole) // 40):
            (tmp_path / "a.tiff").write_bytes(whole[:length])
            with pytest.raises(MediaError):
                read_image(tmp_path / "a.tiff")
    assert not recwarn.list


def test_a_header_that_declares_a_giant_is_refused(tmp_path, picture):
    path = tmp_path / "a.bmp"
    Image.fromarray(picture).save(path)
    content = bytearray(path.read_bytes())
    content[18:26] = (60000).to_bytes(4, "little") * 2
    path.write_bytes(content)
    with pytest.raises(MediaError, match="more than 250 million pixels; scale it"):
        read_image(path)
