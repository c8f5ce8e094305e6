"""Names of emotions: the words that mean one, and labels of one's own.

A word of a table or of a flag becomes a label in three steps: what the user has asked
for (`--emotion_map=ps:surprise`), the words known here, and any other word as it
stands. What looks like a slip of the pen, a word of another language or a code is
refused with the word that would do.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from pathnet_tf.data.missing_values import is_missing
from pathnet_tf.runtime.errors import UsageError

ALIASES = {
    "anger": ("angry", "ang", "rage"),
    "boredom": ("bored", "bor"),
    "calm": ("calmness",),
    "contempt": ("contemptuous", "scorn"),
    "disgust": ("disgusted", "dis"),
    "excited": ("excitement", "exc"),
    "fear": ("fearful", "afraid", "scared", "anxiety", "anxious", "fea"),
    "happiness": ("happy", "joy", "joyful", "hap"),
    "neutral": ("neutrality", "neu"),
    "pleasant_surprise": ("ps", "pleasantly_surprised", "pleasant_surprised"),
    "sadness": ("sad",),
    "surprise": ("surprised", "sur"),
}
"""Other words for each emotion; spaces and hyphens in them count as underscores."""
EMOTIONS = tuple(ALIASES)
"""The emotions that have a name of their own here, sorted."""
IN_OTHER_LANGUAGES = {
    "anger": "ärger wut zorn wütend rabbia colère ira enojo enfado raiva gniew złość "
    "öfke خشم غصہ 愤怒 生气 怒り 분노 гнев злость",
    "boredom": "langeweile noia ennui aburrimiento tédio nuda скука 无聊",
    "calm": "ruhe ruhig calma calme spokój спокойствие 平静",
    "disgust": "ekel disgusto dégoût asco nojo wstręt iğrenme 厌恶 嫌悪 혐오 "
    "отвращение",
    "fear": "angst furcht paura peur miedo medo strach korku ترس خوف 恐惧 害怕 恐怖 "
    "공포 страх",
    "happiness": "freude glück fröhlich gioia felicità joie alegría felicidad alegria "
    "radość mutlu شادی خوشی 高兴 快乐 喜び 기쁨 행복 радость счастье",
    "neutral": "neutrale neutralità neutre neutro neutralny nötr خنثی 中性 중립 "
    "нейтрально нейтральный",
    "sadness": "trauer traurig tristezza tristesse tristeza smutek üzgün غم اداس 悲伤 "
    "难过 悲しみ 슬픔 грусть печаль",
    "surprise": "überraschung sorpresa surpresa zaskoczenie تعجب 惊讶 "
    "驚き 놀람 удивление",
}
"""Words of other languages, which are named but not taken, with spaces between them."""

_KNOWN = {
    word: emotion for emotion, words in ALIASES.items() for word in (emotion, *words)
}
_FOREIGN = {
    word: emotion
    for emotion, words in IN_OTHER_LANGUAGES.items()
    for word in words.split()
}
_LABEL = re.compile(r"[^\W_][\w+.-]{0,59}")


def emotion_of(word: str, mapping: Mapping[str, str] | None = None) -> str:
    """Returns the label that a word stands for.

    Args:
      word: As in a table, in any case.
      mapping: What words or emotions are to become, as `parse_emotion_map` returns it.

    Returns:
      The label: what `mapping` says, else the emotion that the word means, else the
      word itself in lower case, with underscores for spaces.

    Raises:
      ValueError: The word cannot be a label, or looks like another one; the message
        goes on from the word.
    """
    mapping = mapping or {}
    plain = _plain(word)
    emotion = _KNOWN.get(plain, plain)
    for name in (plain, emotion):
        if name in mapping:
            return mapping[name]
    if plain in _KNOWN:
        return emotion
    if is_missing(word):
        raise ValueError("which is no label, but says that the value is missing")
    if plain.isdigit() or len(plain) == 1:
        raise ValueError(
            f"which is a code; say what it stands for, such as "
            f"--emotion_map={plain}:anger"
        )
    if meant := near_label(plain, EMOTIONS):
        raise ValueError(
            f"did you mean {meant}? Say --emotion_map={plain}:{meant}, or "
            f"--emotion_map={plain}:{plain} to keep the word"
        )
    if not _LABEL.fullmatch(plain):
        raise ValueError(
            "which is no label: use letters, digits, spaces, hyphens and dots, at most "
            "60 of them"
        )
    return plain


def is_known(word: str, mapping: Mapping[str, str] | None = None) -> bool:
    """Tells whether a word is an emotion that has a name here, or means one.

    Args:
      word: In any case.
      mapping: What other words mean, as `parse_emotion_map` returns it.
    """
    return _plain(word) in {*_KNOWN, *(mapping or {})}


def renamed(emotions: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """Gives labels that a corpus states the names that the user asked for.

    Args:
      emotions: The labels.
      mapping: As `parse_emotion_map` returns it.

    Returns:
      The new name of each label.
    """
    asked = {_KNOWN.get(word, word): label for word, label in mapping.items()}
    return [asked.get(emotion, emotion) for emotion in emotions]


def require_used(mapping: Mapping[str, str], words: Iterable[str]) -> None:
    """Checks that a mapping speaks of words that occur.

    Args:
      mapping: As `parse_emotion_map` returns it.
      words: Every word of a corpus for an emotion.

    Raises:
      UsageError: Names every word that does not occur.
    """
    plain = {_plain(word) for word in words}
    known = plain | {_KNOWN.get(word, word) for word in plain}
    unused = [
        word
        for word in mapping
        if word not in known and _KNOWN.get(word, word) not in plain
    ]
    if unused:
        raise UsageError(
            f"--emotion_map names {', '.join(unused)}, which no clip is; there are "
            f"{', '.join(sorted(plain))}"
        )


def near_label(word: str, labels: Iterable[str]) -> str:
    """Returns the label that a word was probably meant to be; empty if none is near.

    Args:
      word: In any case and any of the languages known here.
      labels: The labels to choose from.
    """
    plain = _plain(word)
    emotion = _FOREIGN.get(plain, _KNOWN.get(plain, plain))
    labels = list(labels)
    if emotion in labels:
        return emotion
    names = {label: label for label in labels} | {
        alias: label for label in labels for alias in ALIASES.get(label, ())
    }
    # Of short words, such as sad and bad, one letter is too much.
    long = [name for name in names if len(name) > 3]
    near = difflib.get_close_matches(plain, long, n=1, cutoff=0.8)
    return names[near[0]] if near else ""


def parse_emotion_map(pairs: Iterable[str]) -> dict[str, str]:
    """Reads what words or emotions are to become.

    Args:
      pairs: `word:label` each, such as `ps:surprise`.

    Returns:
      The label of each word, for `emotion_of`.

    Raises:
      UsageError: Names every pair that is wrong, with the reason.
    """
    mapping: dict[str, str] = {}
    faults = []
    for pair in pairs:
        word, colon, label = pair.rpartition(":")
        if not colon or not word.strip() or not label.strip():
            faults.append(f"{pair!r} is no word:label")
            continue
        plain = _plain(word)
        if plain == _plain(label) and _KNOWN.get(plain, plain) != plain:
            faults.append(
                f"{word!r} means {_KNOWN[plain]} wherever emotions are named, and "
                "cannot be kept as it is"
            )
            continue
        try:
            kept = {plain: plain} if plain == _plain(label) else {}
            new = emotion_of(label, kept)
        except ValueError as error:
            faults.append(f"{label!r}, {error}")
            continue
        if mapping.setdefault(plain, new) != new:
            faults.append(f"{word!r} would become both {mapping[plain]} and {new}")
    if faults:
        raise UsageError(f"--emotion_map: {'; '.join(faults)}")
    return mapping


def read_labels(words: Iterable[str]) -> tuple[str, ...]:
    """Reads the words of a flag that names classes.

    What a dataset does not have is told once its labels are known.

    Args:
      words: At least two, or none.

    Returns:
      The labels that they stand for, sorted: the emotion that a word means, or the word
      itself, in lower case and with underscores for spaces.

    Raises:
      ValueError: There are too few; the message goes on from "must".
    """
    labels = [_KNOWN.get(_plain(word), _plain(word)) for word in words]
    if "" in labels or len(set(labels)) < len(labels) or len(labels) == 1:
        raise ValueError("name at least two different emotions")
    return tuple(sorted(labels))


def with_guesses(words: Iterable[str], labels: Iterable[str]) -> str:
    """Lists words that are no labels, each with the label that was probably meant.

    Args:
      words: At least one.
      labels: The labels that there are.
    """
    labels = list(labels)
    guesses = [(word, near_label(word, labels)) for word in words]
    return ", ".join(
        f"{word} (did you mean {label}?)" if label else word for word, label in guesses
    )


def _plain(word: str) -> str:
    """Writes a word in lower case, with underscores for spaces and hyphens."""
    return re.sub(r"[\s_-]+", "_", word.strip()).casefold()
