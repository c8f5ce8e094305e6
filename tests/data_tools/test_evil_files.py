"""Odd names, links in circles, and files that are not what they seem."""

import csv
import os
import struct
import tempfile
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from data_tools.corpora import CorpusSource
from data_tools.cutters.mel_cutter import MelCutter
from data_tools.datasets.corpus_check import check_corpus
from data_tools.datasets.dataset_writer import Settings, write_dataset
from data_tools.media.container import sniff
from data_tools.media.image import read_image
from data_tools.media.riff_header import avi_fault, read_wav_header
from data_tools.media_error import MediaError
from pathnet_tf.data import dataset
from pathnet_tf.data.dataset_card import read_card
from pathnet_tf.features.front_end import FrontEnd
from pathnet_tf.runtime.csv_table import read_rows
from pathnet_tf.runtime.errors import DataError

NAMES = [
    "with space.wav",
    "it's.wav",
    'quoted "name".wav',
    "line\nend.wav",
    "\x1b[31mred.wav",
    "-rf.wav",
    "%s{0}$HOME`id`.wav",
    "..wav",
    "http:a.wav",
    "pipe:1.wav",
    "日本 🎤.wav",
    "a" * 200 + ".wav",
    "<script>alert(1)</script>.wav".replace("/", ":"),
]


@pytest.fixture
def write(tmp_path):
    def run(source, **options):
        folder = tmp_path / "out"
        settings_of_it = Settings(source, folder, MelCutter(FrontEnd()), **options)
        print(write_dataset(settings_of_it))
        return folder

    return run


@pytest.fixture
def write_table(tmp_path, tone):
    """Writes a table of short files and returns it as a source."""

    def make(names, speaker="ann"):
        table = tmp_path / "table" / "clips.csv"
        table.parent.mkdir()
        with table.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["file", "speaker", "emotion"])
            for name in names:
                soundfile.write(
                    table.parent / name, tone(seconds=1), 16000, format="WAV"
                )
                rows.writerow([name, speaker, "happy"])
        return CorpusSource("", table)

    return make


def test_files_of_any_name_are_written_and_read(write, write_table):
    folder = write(write_table(NAMES))
    card = read_card(folder)
    assert sorted(clip.source for clip in card.clips) == sorted(NAMES)
    loaded = dataset.load(str(folder), card, card.emotions)
    assert len(loaded.clips) == len(NAMES)


@pytest.mark.parametrize("name", ["line\nend.wav", "\x1b[31mred.wav"])
def test_a_bad_file_of_any_name_is_named_in_one_line(write, write_table, capsys, name):
    source = write_table([name])
    (source.path.parent / name).write_bytes(b"RIFF")
    with pytest.raises(DataError, match="nothing is written"):
        write(source)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isprintable()
    assert ascii(name)[1:-1] in line


def test_speakers_of_any_name_are_counted_in_one_line(write_table):
    source = write_table(["a.wav"], speaker="line\nend \x1b[31m")
    report = str(check_corpus(source, MelCutter(FrontEnd())))
    assert "line\\nend \\x1b[31m" in report
    assert all(line.isprintable() for line in report.splitlines())


@pytest.fixture
def speak_bytes(tmp_path, speak):
    """Writes files whose names are any bytes."""

    def make(*names):
        for number, name in enumerate(names):
            path = tmp_path / os.fsdecode(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            (speak(tmp_path, f"{number}.wav") / f"{number}.wav").rename(path)

    return make


def test_a_corpus_below_a_folder_that_is_no_utf_8_is_written(
    write, tmp_path, speak_bytes
):
    speak_bytes(b"\xff\xfe/03a01Fa.wav")
    source = CorpusSource("emodb", tmp_path / os.fsdecode(b"\xff\xfe"))
    (clip,) = read_card(write(source)).clips
    assert clip.source == "03a01Fa.wav"


def test_names_that_are_no_utf_8_are_shown_as_escapes(write, tmp_path, speak_bytes):
    folder = b"ravdess/Actor_01/"
    speak_bytes(
        folder + b"03-01-03-01-01-01-01.wav",
        folder + b"\xff/03-01-04-01-01-01-01.wav",
        folder + b"03-01-04-01-01-01-\xff.wav",
    )
    source = CorpusSource("ravdess", tmp_path / "ravdess")
    card = read_card(write(source, on_error="skip"))
    assert [clip.source for clip in card.clips] == [
        "Actor_01/03-01-03-01-01-01-01.wav",
        "Actor_01/\\xff/03-01-04-01-01-01-01.wav",
    ]
    (entry,) = card.left_out
    assert entry["source"] == "Actor_01/03-01-04-01-01-01-\\xff.wav"


def test_links_in_a_circle_are_followed_once(write, tmp_path, speak):
    speak(tmp_path / "emodb", "wav/03a01Fa.wav")
    (tmp_path / "emodb/wav/again").symlink_to(tmp_path / "emodb")
    (tmp_path / "emodb/wav/self").symlink_to("self")
    card = read_card(write(CorpusSource("emodb", tmp_path / "emodb")))
    assert [clip.source for clip in card.clips] == ["wav/03a01Fa.wav"]


def test_links_between_siblings_in_a_circle_are_followed_once(tmp_path, speak):
    speak(tmp_path / "emodb", "a/03a01Fa.wav", "b/08a01Fa.wav")
    for link, target in (("a/x", "b"), ("b/y", "a"), ("a/z", "b"), ("b/z", "a")):
        (tmp_path / "emodb" / link).symlink_to(tmp_path / "emodb" / target)
    clips = CorpusSource("emodb", tmp_path / "emodb").read().clips
    places = [str(clip.path.relative_to(tmp_path)) for clip in clips]
    assert places == ["emodb/a/03a01Fa.wav", "emodb/b/08a01Fa.wav"]


def test_a_folder_that_a_link_leads_to_is_read(tmp_path, speak):
    speak(tmp_path, "elsewhere/08a01Fa.wav")
    speak(tmp_path / "emodb", "03a01Fa.wav")
    (tmp_path / "emodb/more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "emodb")
    clips = CorpusSource("emodb", tmp_path / "emodb").read().clips
    assert [clip.speaker for clip in clips] == ["03", "08"]


def test_a_link_that_leads_outside_is_followed_and_said(tmp_path, speak):
    speak(tmp_path, "elsewhere/x.wav")
    speak(tmp_path / "emodb", "08a01Fa.wav")
    (tmp_path / "emodb/03a01Fa.wav").symlink_to(tmp_path / "elsewhere/x.wav")
    source = CorpusSource("emodb", tmp_path / "emodb")
    report = check_corpus(source, MelCutter(FrontEnd()))
    (note,) = [note for note in report.notes if "link" in note]
    assert note == "03a01Fa.wav: lies outside of the corpus; a link leads to it"
    assert not report.refused


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.symlink_to("absent"), "cannot be read (No such file"),
        (lambda path: path.symlink_to(path.name), "cannot be read (Too many levels"),
        (os.mkfifo, "is no file, but a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "is no file, but a pipe"),
        (Path.touch, "is empty (0 bytes)"),
    ],
)
def test_what_is_no_file_is_refused_at_once(tmp_path, speak, make, reason):
    speak(tmp_path / "emodb", "08a01Fa.wav")
    make(tmp_path / "emodb/03a01Fa.wav")
    source = CorpusSource("emodb", tmp_path / "emodb")
    (refused,) = check_corpus(source, MelCutter(FrontEnd())).refused
    assert reason in refused


def test_a_file_of_one_sample_is_refused(write, tmp_path, tone, capsys):
    (tmp_path / "emodb").mkdir()
    soundfile.write(tmp_path / "emodb/03a01Fa.wav", tone()[5:6], 16000)
    with pytest.raises(DataError, match="nothing is written"):
        write(CorpusSource("emodb", tmp_path / "emodb"))
    assert "is silent" in capsys.readouterr().err


@pytest.mark.parametrize("rate_hz", [0, 3_000_000_000])
def test_a_sample_rate_that_cannot_be_leaves_the_other_files(
    write, tmp_path, speak, rate_hz
):
    speak(tmp_path / "emodb", "03a01Fa.wav", "08a01Fa.wav")
    path = tmp_path / "emodb/03a01Fa.wav"
    content = bytearray(path.read_bytes())
    content[24:28] = struct.pack("<I", rate_hz)
    path.write_bytes(content)
    source = CorpusSource("emodb", tmp_path / "emodb")
    reason = f"declares a sample rate of {rate_hz} Hz"
    (refused,) = check_corpus(source, MelCutter(FrontEnd())).refused
    assert reason in refused
    card = read_card(write(source, on_error="skip"))
    assert [clip.source for clip in card.clips] == ["08a01Fa.wav"]
    assert reason in card.left_out[0]["reason"]


def in_a_file(content):
    """A function that calls another on a file of these bytes."""

    def call(function):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            return function(Path(file.name))

    return call


ROW = st.lists(
    st.text(max_size=6) | st.sampled_from(["file", "speaker", "emotion", '"', "\0"]),
    max_size=5,
)


@given(
    st.binary(max_size=100)
    | st.text().map(lambda text: text.encode())
    | st.lists(ROW).map(lambda rows: "\n".join(map(",".join, rows)).encode())
)
def test_any_table_is_read_or_refused(content):
    def read(path):
        try:
            columns, rows = read_rows(path, required=["file"], optional=[], remedy="x")
        except DataError:
            return
        assert "file" in columns
        assert rows

    in_a_file(content)(read)


@given(st.binary(max_size=40), st.sampled_from([b"WAVE", b"AVI "]), st.data())
def test_any_riff_header_is_understood_or_faulted(rest, kind, data):
    chunks = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from([b"fmt ", b"data", b"junk"]),
                st.integers(0, 2**32 - 1) | st.integers(0, 40),
                st.binary(max_size=48),
            ),
            max_size=4,
        )
    )
    body = b"".join(
        name + struct.pack("<I", size) + content for name, size, content in chunks
    )
    content = b"RIFF" + struct.pack("<I", len(body)) + kind + body + rest
    call = in_a_file(content)
    call(sniff)
    if kind == b"WAVE":
        header = call(read_wav_header)
        assert not (header.fault and header.suits_tensorflow_io)
    else:
        assert isinstance(call(avi_fault), str)


@given(
    st.sampled_from(
        [
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xe0",
            b"II*\0",
            b"BM\0\0\0\0\0\0\0\0",
        ]
    ),
    st.binary(max_size=120),
)
def test_any_picture_is_read_or_refused(head, rest):
    def read(path):
        try:
            assert read_image(path).ndim == 3
        except MediaError as error:
            assert error.reason  # noqa: PT017

    in_a_file(head + rest)(read)
