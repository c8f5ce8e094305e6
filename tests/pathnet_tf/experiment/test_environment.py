import subprocess

from pathnet_tf.experiment import environment


def git(folder, *words):
    name = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True)


def test_a_run_is_described_by_what_it_depended_on():
    content = environment.describe(seed=3, datasets={"datasets/x": "abc"})
    assert content["seed"] == 3
    assert content["datasets"] == {"datasets/x": "abc"}
    assert content["packages"]["tensorflow"]


def test_the_revision_is_marked_where_files_were_changed(tmp_path):
    git(tmp_path, "init")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-m", "a")
    clean = environment.git_revision(tmp_path)
    assert len(clean) == 40
    (tmp_path / "a").write_text("2")
    assert environment.git_revision(tmp_path) == clean + "+"


def test_without_a_checkout_there_is_no_revision(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert environment.git_revision(tmp_path) is None
