"""Writes a report: the page, and its tables and pictures as separate files."""

from collections.abc import Sequence

from pathnet_tf.experiment.settings import REPORT_NAME
from pathnet_tf.report.comparison_page import comparison_page, comparison_sections
from pathnet_tf.report.evidence.run_evidence import read_evidence
from pathnet_tf.report.html.section import Section
from pathnet_tf.report.html.table import FORMATS
from pathnet_tf.report.run_page import run_page, run_sections
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.storage import AnyPath, as_path, write_whole

ENDING = ".html"
COMPARISON_NAME = "comparison.html"


def write_report(
    run_dirs: Sequence[str],
    *,
    output: AnyPath | None = None,
    corpus_dir: AnyPath | None = None,
) -> AnyPath:
    """Writes the page of one run, or a page that compares several.

    Args:
      run_dirs: Folders of runs.
      output: File of the page. By default `report.html` in the run's folder; for
        several runs, `comparison.html` in the first run's folder. Tables and pictures
        go into a folder beside it: `report/` for `report.html`.
      corpus_dir: Folder of the target's recordings, for links to them.

    Returns:
      File of the page.

    Raises:
      UsageError: There is no run, or `output` is not the name of a page.
      DataError: A folder holds no run, or one of its files cannot be read.
    """
    if not run_dirs:
        raise UsageError("--run_dir is missing; give the folder of a run")
    name = REPORT_NAME if len(run_dirs) == 1 else COMPARISON_NAME
    output = output or as_path(run_dirs[0]) / name
    if output.is_dir() or not output.name.endswith(ENDING):
        raise UsageError(
            f"--output must name a file that ends in {ENDING}. "
            f"Received: --output={output}"
        )
    runs = [read_evidence(run_dir) for run_dir in run_dirs]
    if len(runs) == 1:
        sections = run_sections(runs[0], output, corpus_dir)
        text = run_page(runs[0], sections)
    else:
        sections = comparison_sections(runs, output, REPORT_NAME)
        text = comparison_page(runs, sections)
    write_parts(output.with_name(output.name.removesuffix(ENDING)), sections)
    write_whole(output, text.encode(errors="backslashreplace"))
    return output


def write_parts(folder: AnyPath, sections: Sequence[Section]) -> None:
    """Writes the tables and pictures of sections as files of their own.

    Args:
      folder: Where to.
      sections: The sections of a page.
    """
    for section in sections:
        for table in section.tables:
            for ending, layout in FORMATS.items():
                path = folder / f"{table.file_name}.{ending}"
                write_whole(path, layout(table).encode())
        for picture in section.pictures:
            for ending, content in picture.files().items():
                write_whole(folder / f"{picture.file_name}.{ending}", content)
