from pathnet_tf.search.progress_bars import SearchProgress


def test_progress_counts_searches_and_weighs_generations_by_segments(tmp_path, capsys):
    folders = {tmp_path / "large": 300, tmp_path / "small": 100}
    for folder in folders:
        folder.mkdir()
    with SearchProgress(folders, generations=4):
        (tmp_path / "large" / "history.jsonl").write_text("{}\n" * 4)
        (tmp_path / "small" / "history.jsonl").write_text("{}\n{")
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("1/2 searches done")
    assert " 81%|" in last  # (4 * 300 + 1 * 100) / (4 * 400).


def test_a_log_file_gets_whole_lines(tmp_path, capsys):
    with SearchProgress({tmp_path / "x": 10}, generations=2):
        pass
    assert "\r" not in capsys.readouterr().err


def test_a_search_that_began_again_is_counted_again(tmp_path, capsys):
    history = tmp_path / "history.jsonl"
    progress = SearchProgress({tmp_path: 10}, generations=4)
    history.write_text("{}\n" * 3)
    progress._advance()
    history.write_text("{}\n" * 1)
    with progress:
        pass
    assert " 25%|" in capsys.readouterr().err.splitlines()[-1]
