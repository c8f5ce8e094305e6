import pytest

from data_tools.synthesis import corpus_writer
from pathnet_tf.runtime import output_folder
from pathnet_tf.runtime.errors import DataError, UsageError
from tests.data_tools.demo_folders import hashes, settings_for


def test_existing_folder_is_refused(tmp_path):
    corpus_writer.write_corpora(settings_for(tmp_path))
    with pytest.raises(UsageError, match=r"emodb exists; .*--overwrite"):
        corpus_writer.write_corpora(settings_for(tmp_path))


def test_refusal_comes_before_any_corpus_is_written(tmp_path):
    (tmp_path / "savee").mkdir()
    (tmp_path / "savee/notes.txt").touch()
    with pytest.raises(UsageError, match=r"savee has no SYNTHESIZED.txt"):
        corpus_writer.write_corpora(settings_for(tmp_path, corpora=("emodb", "savee")))
    assert not (tmp_path / "emodb").exists()


def test_overwrite_replaces_a_synthesized_corpus(tmp_path):
    corpus_writer.write_corpora(settings_for(tmp_path))
    (tmp_path / "emodb/old.wav").touch()
    corpus_writer.write_corpora(settings_for(tmp_path, is_overwriting=True))
    assert not (tmp_path / "emodb/old.wav").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["emodb"]


def test_overwrite_never_replaces_recordings_of_people(tmp_path):
    recording = tmp_path / "emodb/wav/03a01Fa.wav"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"a person")
    with pytest.raises(UsageError, match=r"is not replaced"):
        corpus_writer.write_corpora(settings_for(tmp_path, is_overwriting=True))
    assert recording.read_bytes() == b"a person"


def test_interrupted_corpus_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(corpus_writer, "synthesize_clip", interrupt)
    with pytest.raises(KeyboardInterrupt):
        corpus_writer.write_corpora(settings_for(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_interrupted_overwrite_keeps_the_old_corpus(tmp_path, monkeypatch):
    corpus_writer.write_corpora(settings_for(tmp_path))
    before = hashes(tmp_path)

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(corpus_writer, "synthesize_clip", interrupt)
    with pytest.raises(KeyboardInterrupt):
        corpus_writer.write_corpora(settings_for(tmp_path, is_overwriting=True))
    assert hashes(tmp_path) == before


def test_failed_renaming_keeps_the_old_corpus(tmp_path, monkeypatch):
    corpus_writer.write_corpora(settings_for(tmp_path))
    before = hashes(tmp_path)
    move = output_folder.move

    def fail(path, target):
        if ".unfinished" in path.name:
            raise OSError(5, "Input/output error")
        return move(path, target)

    monkeypatch.setattr(output_folder, "move", fail)
    with pytest.raises(DataError, match=r"cannot be written \(Input/output"):
        corpus_writer.write_corpora(settings_for(tmp_path, is_overwriting=True))
    assert hashes(tmp_path) == before


def test_unwritable_folder_is_a_data_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"cannot be written"):
        corpus_writer.write_corpora(settings_for(tmp_path / "file"))
