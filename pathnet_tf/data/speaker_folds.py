"""Folds: which clips train and which are held out, and the proof that no speaker leaks.

Inner folds divide the training side of a fold once more, by speaker. They are for
choices that must be made on training speakers alone, such as the weights of a fusion:
each inner fold trains without one group of the training speakers and scores that group.
The speakers that the fold itself holds out are never used for such a choice.
"""

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import numpy as np

from pathnet_tf.runtime.errors import DataError, UsageError

PROTOCOLS = ("loso", "speaker_kfold", "split", "random_utterance", "random_segment")
LEAKY_PROTOCOLS = ("random_utterance", "random_segment")
PROTOCOL_NAMES = {
    "loso": "leave one speaker out",
    "speaker_kfold": "groups of speakers left out",
    "split": "fixed split from the table",
    "random_utterance": "LEAKY: clips divided at random, speakers on both sides",
    "random_segment": "LEAKY: segments divided at random, clips on both sides",
}
"""The name of each protocol in reports."""
COVERING_DRAWS = 1000
# Part of the names of inner folds alone, as no speaker's name holds a slash.
_INNER = "/inner_"


@dataclasses.dataclass(frozen=True)
class Fold:
    """One division of a dataset's segments.

    What trains is all that is neither held out nor unused. It is not stored: with
    thousands of speakers to hold out, nearly all segments train in each of the folds.

    Attributes:
      name: The held-out speaker under LOSO, else `group_1`, `test` or a number.
      num_segments: Number of segments of the dataset.
      test: int64 `[num_test]`, indices of held-out segments, sorted.
      unused: int64 `[num_unused]`, indices of segments on neither side.
    """

    name: str
    num_segments: int
    test: np.ndarray
    unused: np.ndarray = dataclasses.field(default_factory=lambda: np.arange(0))

    @property
    def train(self) -> np.ndarray:
        """int64 `[num_train]`, indices of training segments, sorted."""
        trains = np.ones(self.num_segments, bool)
        trains[self.test] = False
        trains[self.unused] = False
        return np.flatnonzero(trains)

    @property
    def num_train(self) -> int:
        """Number of training segments."""
        return self.num_segments - len(self.test) - len(self.unused)

    def training_on(self, rows: np.ndarray) -> "Fold":
        """Makes the fold that trains on fewer segments.

        Args:
          rows: int64 `[num_rows]`, indices of segments among `train`.
        """
        left_out = np.setdiff1d(self.train, rows, assume_unique=True)
        unused = np.concatenate([self.unused, left_out])
        return dataclasses.replace(self, unused=unused)


@dataclasses.dataclass(frozen=True)
class SegmentTable:
    """What folds are made from: the clip of each segment, and facts about each clip.

    Attributes:
      clip: int `[num_segments]`, index of the segment's clip.
      clip_keys: Key of each clip.
      clip_speakers: Speaker of each clip.
      clip_sources: Hash of each clip's source file.
      clip_splits: `train`, `test` or empty for each clip.
      clip_emotions: Label of each clip.
    """

    clip: np.ndarray
    clip_keys: Sequence[str]
    clip_speakers: Sequence[str]
    clip_sources: Sequence[str]
    clip_splits: Sequence[str]
    clip_emotions: Sequence[str]

    @functools.cached_property
    def kept_apart(self) -> dict[str, np.ndarray]:
        """What must not stand on both sides of a fold, by its noun.

        Returns:
          int64 `[num_clips]` each: the number of each clip's speaker, of the clip
          itself, and of its source file; equal where the names are.
        """
        names = {
            "speaker": self.clip_speakers,
            "clip": self.clip_keys,
            "source file": self.clip_sources,
        }
        return {
            noun: np.unique(of_clip, return_inverse=True)[1]
            for noun, of_clip in names.items()
        }

    @functools.cached_property
    def num_kept_apart(self) -> dict[str, np.ndarray]:
        """Number of segments of each speaker, clip and source file: int64 `[num]`."""
        return {
            noun: np.bincount(of_clip[self.clip], minlength=of_clip.max() + 1)
            for noun, of_clip in self.kept_apart.items()
        }


def make_folds(
    table: SegmentTable, *, protocol: str, num_folds: int, rng: np.random.Generator
) -> list[Fold]:
    """Divides a dataset into folds.

    Args:
      table: The dataset's segments and clips.
      protocol: `loso` holds out one speaker after the other; `speaker_kfold` holds
        out `num_folds` groups of speakers, with clips and emotions as evenly divided
        over the groups as whole speakers allow; `split` holds out the clips whose split
        is `test`. `random_utterance` and `random_segment` divide clips or segments
        without regard to the speaker; they are LEAKY and serve to measure the leak.
      num_folds: Number of folds of `speaker_kfold` and of the LEAKY protocols.
      rng: Shuffles what is divided.

    Returns:
      The folds. Unless the protocol is LEAKY, no speaker, clip or source file stands on
      both sides of a fold.

    Raises:
      UsageError: The protocol is unknown, or `num_folds` does not fit the dataset.
      DataError: The dataset names no split, or a fold leaks.
    """
    if protocol == "loso":
        speakers = sorted(set(table.clip_speakers))
        _require_parts(len(speakers), 2, "--protocol=loso", "speakers")
        folds = _speaker_folds(table, {name: [name] for name in speakers})
    elif protocol == "speaker_kfold":
        speakers = sorted(set(table.clip_speakers))
        _require_num_folds(num_folds, len(speakers), "speakers")
        groups = enumerate(_balanced_groups(table, num_folds, rng), start=1)
        folds = _speaker_folds(
            table, {f"group_{number}": group for number, group in groups}
        )
    elif protocol == "split":
        folds = [_given_split(table)]
    elif protocol == "random_utterance":
        num_clips = len(table.clip_keys)
        _require_num_folds(num_folds, num_clips, "clips")
        part = rng.permutation(num_clips) % num_folds
        folds = _random_folds(part[table.clip], num_folds)
    elif protocol == "random_segment":
        _require_num_folds(num_folds, len(table.clip), "segments")
        folds = _random_folds(rng.permutation(len(table.clip)) % num_folds, num_folds)
    else:
        raise UsageError(
            f"--protocol must be one of {', '.join(PROTOCOLS)}. Received: {protocol}"
        )
    if protocol not in LEAKY_PROTOCOLS:
        for fold in folds:
            assert_disjoint(fold, table)
    return folds


def assert_disjoint(fold: Fold, table: SegmentTable) -> None:
    """Raises if a speaker, clip or source file stands on both sides of a fold.

    Args:
      fold: The fold.
      table: The dataset it divides.

    Raises:
      DataError: Something stands on both sides; the message names the clips.
    """
    for noun, of_clip in table.kept_apart.items():
        # Held out in part only: the rest trains, but for what is unused.
        found, num_test = np.unique(of_clip[table.clip[fold.test]], return_counts=True)
        num_train = table.num_kept_apart[noun][found] - num_test
        if len(fold.unused):
            unused = np.bincount(
                of_clip[table.clip[fold.unused]], minlength=len(of_clip)
            )
            num_train -= unused[found]
        both = found[num_train > 0]
        if len(both):
            shared = np.isin(of_clip, both)
            keys = sorted(np.asarray(table.clip_keys)[shared])
            raise DataError(
                f"Fold {fold.name} leaks: {len(both)} {noun}(s) on both sides, in "
                f"clips {shortened(keys)}; give one speaker one name, or take the "
                "copies out of the corpus"
            )


def hold_out_speakers(
    speakers: Sequence[str], *, share: float, rng: np.random.Generator
) -> set[str]:
    """Draws the training speakers on whom a search measures fitness.

    Args:
      speakers: Speaker of each training clip.
      share: Share of the speakers to draw, in (0, 1); at least one is drawn.
      rng: Source of randomness.

    Returns:
      The drawn speakers.

    Raises:
      DataError: There are fewer than two speakers.
    """
    names = sorted(set(speakers))
    if len(names) < 2:
        raise DataError(
            "--fitness=validation needs at least 2 training speakers, there is "
            f"{len(names)}: {', '.join(names)}; use --fitness=train"
        )
    count = min(max(1, round(share * len(names))), len(names) - 1)
    return set(rng.choice(names, size=count, replace=False))


def draw_covering_speakers(
    speakers: np.ndarray, labels: np.ndarray, number: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws a few speakers who together show every class.

    Args:
      speakers: str `[num_segments]`, speaker of each segment.
      labels: int `[num_segments]`, class of each segment.
      number: How many speakers.
      rng: Source of randomness.

    Returns:
      str `[number]`, the drawn speakers, sorted. Every set of speakers that shows every
      class is equally likely.

    Raises:
      DataError: There are fewer speakers than `number`, or no such set was found.
    """
    names = np.unique(speakers)
    if len(names) < number:
        raise DataError(
            f"--train_speakers={number} asks for more speakers than a fold trains on: "
            f"{len(names)}; lower it"
        )
    shown = {name: set(labels[speakers == name].tolist()) for name in names}
    every = set(labels.tolist())
    for _ in range(COVERING_DRAWS):
        drawn = rng.choice(names, size=number, replace=False)
        if set().union(*(shown[name] for name in drawn)) == every:
            return np.sort(drawn)
    raise DataError(
        f"No {number} training speaker(s) were found who show every emotion; raise "
        "--train_speakers, or name emotions that more speakers show with --emotions"
    )


def make_inner_folds(
    table: SegmentTable, fold: Fold, *, num_folds: int, rng: np.random.Generator
) -> list[Fold]:
    """Divides the training side of a fold into groups of speakers.

    Args:
      table: The dataset's segments and clips.
      fold: The outer fold, of any protocol.
      num_folds: Number of groups, at least 2. If there are fewer training speakers,
        each speaker is a group.
      rng: Draws the groups.

    Returns:
      One fold for each group, which holds out the group and trains on the others. The
      folds together hold out every training segment of `fold` once.

    Raises:
      DataError: There are fewer than two training speakers, or a clip or source file
        stands on both sides of an inner fold.
    """
    train = fold.train
    of_segment = np.asarray(table.clip_speakers)[table.clip[train]]
    speakers = np.unique(of_segment)
    if len(speakers) < 2:
        raise DataError(
            f"--inner_folds needs at least 2 training speakers, fold {fold.name} has "
            f"{len(speakers)}: {', '.join(speakers)}; add speakers, or leave out "
            "--inner_folds"
        )
    num_groups = min(num_folds, len(speakers))
    groups = np.array_split(rng.permutation(speakers), num_groups)
    inner_folds = []
    for number, group in enumerate(groups, start=1):
        is_test = np.isin(of_segment, group)
        inner = Fold(
            f"{fold.name}{_INNER}{number}",
            fold.num_segments,
            train[is_test],
            np.concatenate([fold.test, fold.unused]),
        )
        # Checked under LEAKY protocols too: speakers must not be part of a choice that
        # is then measured on them.
        assert_disjoint(inner, table)
        inner_folds.append(inner)
    return inner_folds


def outer_name(name: str) -> str:
    """Gives the name of the fold that an inner fold, called `name`, divides."""
    return name.rpartition(_INNER)[0]


def _speaker_folds(
    table: SegmentTable, groups: Mapping[str, Sequence[str]]
) -> list[Fold]:
    """Makes a fold of each group of speakers, which holds them out, by its name."""
    of_segment = table.kept_apart["speaker"][table.clip]
    number = {
        name: index for index, name in enumerate(sorted(set(table.clip_speakers)))
    }
    # The segments of one speaker after those of another.
    order = np.argsort(of_segment, kind="stable")
    ends = np.cumsum(table.num_kept_apart["speaker"])
    by_speaker = np.split(order, ends[:-1])
    return [
        Fold(
            name,
            len(table.clip),
            np.sort(np.concatenate([by_speaker[number[one]] for one in speakers])),
        )
        for name, speakers in groups.items()
    ]


def _balanced_groups(
    table: SegmentTable, num_groups: int, rng: np.random.Generator
) -> list[list[str]]:
    """Divides speakers into groups with like numbers of clips and of each emotion.

    From the speaker with the most clips to the one with the fewest, each goes to the
    group that holds least of what the speaker brings. No group stays empty.

    Args:
      table: The dataset's segments and clips.
      num_groups: Number of groups, at most that of speakers.
      rng: Orders speakers with equally many clips.

    Returns:
      The speakers of each group, sorted.
    """
    speakers, speaker = np.unique(table.clip_speakers, return_inverse=True)
    emotions, emotion = np.unique(table.clip_emotions, return_inverse=True)
    # The last column counts all clips.
    counts = np.zeros((len(speakers), len(emotions) + 1))
    np.add.at(counts, (speaker, emotion), 1)
    counts[:, -1] = counts.sum(axis=1)
    shares = counts / counts.sum(axis=0)
    held = np.zeros((num_groups, shares.shape[1]))
    groups: list[list[str]] = [[] for _ in range(num_groups)]
    drawn = rng.permutation(len(speakers))
    for index in drawn[np.argsort(-counts[drawn, -1], kind="stable")]:
        chosen = int(np.argmin(held @ shares[index]))
        groups[chosen].append(str(speakers[index]))
        held[chosen] += shares[index]
    return [sorted(group) for group in groups]


def _given_split(table: SegmentTable) -> Fold:
    splits = np.asarray(table.clip_splits)
    for side in ("train", "test"):
        if side not in splits:
            raise DataError(
                f"--protocol=split needs clips whose split is {side}, the target has "
                "none; add a split column to the table, or choose another --protocol"
            )
    of_segment = splits[table.clip]
    return Fold(
        "test",
        len(of_segment),
        np.flatnonzero(of_segment == "test"),
        np.flatnonzero(of_segment == ""),
    )


def _random_folds(part: np.ndarray, num_folds: int) -> list[Fold]:
    """Makes folds from int `[num_segments]`, the fold that holds out each segment."""
    return [
        Fold(f"{k}", len(part), np.flatnonzero(part == k)) for k in range(num_folds)
    ]


def _require_num_folds(num_folds: int, num_parts: int, noun: str) -> None:
    if not 2 <= num_folds <= num_parts:
        raise UsageError(
            f"--num_folds must lie between 2 and the {num_parts} {noun} of the target. "
            f"Received: --num_folds={num_folds}"
        )


def _require_parts(count: int, least: int, flag: str, noun: str) -> None:
    if count < least:
        raise DataError(
            f"{flag} needs at least {least} {noun} in the target, it has {count}; "
            "add speakers, or give fixed splits with --protocol=split"
        )


def shortened(names: Sequence[str], most: int = 6) -> str:
    """Lists the first few names, and says how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
