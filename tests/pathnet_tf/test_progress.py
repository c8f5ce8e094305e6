from pathnet_tf.progress import SearchProgress


def test_progress_counts_generations_and_weighs_them_by_segments(tmp_path, capsys):
    folders = {tmp_path / "large": 300, tmp_path / "small": 100}
    for folder in folders:
        folder.mkdir()
    with SearchProgress(folders, generations=4):
        (tmp_path / "large" / "history.jsonl").write_text("{}\n" * 3)
        (tmp_path / "small" / "history.jsonl").write_text("{}\n{")
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("generation 4/8")
    assert " 62%|" in last  # (3 * 300 + 1 * 100) / (4 * 400).


def test_a_log_file_gets_whole_lines(tmp_path, capsys):
    with SearchProgress({tmp_path / "x": 10}, generations=2):
        pass
    assert "\r" not in capsys.readouterr().err
