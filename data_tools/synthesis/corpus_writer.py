"""Synthesizes small corpora: voices, faces and their files.

Every random stream depends on the seed and on its purpose (corpus, speaker, clip), so
that neither the number of workers nor the choice of corpora changes a file.
"""

import dataclasses
import wave
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data_tools.corpora.clip import SYNTHESIZED_NOTICE
from data_tools.synthesis import face_motion, face_style, prosody, speaking_style, voice
from data_tools.synthesis.corpus_layouts import DemoClip
from data_tools.synthesis.corpus_plans import plan_corpus
from data_tools.synthesis.face_motion import Performance
from data_tools.workers.run_tasks import clip_bar
from pathnet_tf.runtime.errors import UsageError
from pathnet_tf.runtime.output_folder import OutputFolder

_PAUSE_S = 0.4


@dataclasses.dataclass(frozen=True)
class DemoSettings:
    """What to synthesize.

    Attributes:
      output_dir: Each corpus becomes a folder inside this folder.
      corpora: Keys of `corpus_plans.CORPORA`.
      seed: Seed of all random streams, at least 0.
      num_speakers: Speakers per corpus; 0 takes the default of each corpus.
      clips_per_emotion: Clips per speaker and emotion; 0 takes the default of each
        corpus.
      savee_layout: `nested` or `flat`.
      has_faces: Whether to draw faces. Without faces, videos that hold the sound are
        plain grey, and videos beside sound files are left out.
      num_workers: Processes; 0 takes one per core.
      is_overwriting: Whether to replace corpora that were synthesized earlier.

    Raises:
      UsageError: A number is negative or no corpus is named.
    """

    output_dir: Path
    corpora: tuple[str, ...]
    seed: int = 0
    num_speakers: int = 0
    clips_per_emotion: int = 0
    savee_layout: str = "nested"
    has_faces: bool = True
    num_workers: int = 0
    is_overwriting: bool = False

    def __post_init__(self) -> None:
        """Checks the numbers; `plan_corpus` checks the rest."""
        for name in ("seed", "num_workers"):
            if getattr(self, name) < 0:
                raise UsageError(
                    f"--{name} must not be negative. Received: {getattr(self, name)}"
                )
        if not self.corpora:
            raise UsageError("--corpora names no corpus. Received: nothing")


def write_corpora(settings: DemoSettings) -> dict[str, list[DemoClip]]:
    """Writes small corpora of synthesized voices and faces.

    A corpus appears complete or not at all.

    Args:
      settings: What to synthesize.

    Returns:
      The clips of each corpus, in the order of `settings.corpora`.

    Raises:
      UsageError: A setting does not fit a corpus, or the folder of a corpus exists.
      DataError: A corpus folder cannot be written.
    """
    plans = {
        corpus: plan_corpus(
            corpus,
            num_speakers=settings.num_speakers,
            clips_per_emotion=settings.clips_per_emotion,
            savee_layout=settings.savee_layout,
            has_faces=settings.has_faces,
        )
        for corpus in settings.corpora
    }
    outputs = {
        corpus: OutputFolder(
            settings.output_dir / corpus,
            (SYNTHESIZED_NOTICE, "*"),
            "--output_dir",
            settings.is_overwriting,
        )
        for corpus in plans
    }
    for output in outputs.values():
        output.require_free()
    for corpus, clips in plans.items():
        with outputs[corpus].published() as folder:
            _write_corpus(Path(str(folder)), corpus, clips, settings)
    return plans


def synthesize_clip(corpus: str, clip: DemoClip, *, seed: int) -> np.ndarray:
    """Synthesizes the sound of one clip.

    Args:
      corpus: Name of the corpus.
      clip: Who says what, and with which emotion.
      seed: The same seed gives the same samples.

    Returns:
      int16 `[num_samples, clip.num_channels]` at `clip.sample_rate_hz`.
    """
    speaker = speaking_style.draw_speaker(
        _stream(seed, corpus, clip.speaker), is_female=clip.is_female
    )
    rng = _stream(seed, corpus, clip.speaker, clip.name)
    waveforms = []
    energies_db = []
    for said in clip.sentences:
        style = speaking_style.express(
            speaker, clip.emotion, rng, intensity=clip.intensity
        )
        sentence = prosody.draw_sentence(_stream(seed, corpus, "sentence", said))
        controls = prosody.plan(sentence, speaker=speaker, style=style, rng=rng)
        waveforms.append(voice.render(controls, rng))
        waveforms.append(np.zeros(round(_PAUSE_S * voice.SAMPLE_RATE_HZ)))
        energies_db.append(controls.energy_db)
    return voice.record(
        np.concatenate(waveforms[:-1]),
        speaker=speaker,
        energy_db=float(np.mean(energies_db)),
        sample_rate_hz=clip.sample_rate_hz,
        num_channels=clip.num_channels,
        rng=rng,
    )


def perform_clip(
    corpus: str, clip: DemoClip, voice_level: np.ndarray, *, seed: int
) -> tuple[Performance, ...]:
    """Plans what the people in one clip do.

    Args:
      corpus: Name of the corpus.
      clip: Who is seen and with which emotion.
      voice_level: float64 `[num_frames]`, loudness of the voice, in [0, 1].
      seed: The same seed gives the same people and movements.

    Returns:
      The performance of the speaker and, in some clips, of a bystander.
    """
    face = face_style.draw_face(
        _stream(seed, corpus, clip.speaker, "face"), is_female=clip.is_female
    )
    rng = _stream(seed, corpus, clip.speaker, clip.name, "face")
    apex = face_style.express_face(face, clip.emotion, rng, intensity=clip.intensity)
    motion, looking_on = face_motion.plan_motion(face, voice_level, rng)
    speaker = Performance(face, apex, motion)
    if looking_on is None:
        return (speaker,)
    stranger = face_style.draw_face(rng, is_female=bool(rng.integers(2)))
    mood = face_style.express_face(stranger, "neutral", rng)
    return speaker, Performance(stranger, mood, looking_on)


def draw_clip(
    corpus: str, clip: DemoClip, samples: np.ndarray, *, seed: int
) -> Iterator[np.ndarray]:
    """Draws the pictures of one clip.

    Args:
      corpus: Name of the corpus.
      clip: Who is seen and with which emotion; a clip with a video.
      samples: int16 `[num_samples, num_channels]`, the sound from `synthesize_clip`,
        which moves the mouth.
      seed: The same seed gives the same pictures.

    Returns:
      Pictures that cover the sound, each uint8 `[height, width, 3]`, RGB.
    """
    from data_tools.synthesis import avi_writer, face_drawing

    num_frames = avi_writer.num_frames(len(samples), clip.sample_rate_hz)
    voice_level = face_motion.loudness(samples, num_frames=num_frames)
    width, height = clip.frame_size
    return face_drawing.draw_frames(
        perform_clip(corpus, clip, voice_level, seed=seed),
        width=width,
        height=height,
        rng=_stream(seed, corpus, clip.speaker, clip.name, "picture noise"),
    )


def _stream(seed: int, *key: str) -> np.random.Generator:
    """Returns the random stream of a purpose."""
    words = [zlib.crc32(word.encode()) for word in key]
    return np.random.default_rng(np.random.SeedSequence([seed, len(words), *words]))


def _write_corpus(
    folder: Path, corpus: str, clips: list[DemoClip], settings: DemoSettings
) -> None:
    """Synthesizes the clips of a corpus in parallel, and marks them as synthesized."""
    import joblib

    jobs = (
        joblib.delayed(_write_clip)(folder, corpus, clip, settings) for clip in clips
    )
    parallel = joblib.Parallel(
        n_jobs=settings.num_workers or -1, return_as="generator_unordered"
    )
    with clip_bar(len(clips), corpus) as bar:
        for _ in parallel(jobs):
            bar.update()
    notice = _notice(corpus, settings.seed)
    (folder / SYNTHESIZED_NOTICE).write_text(notice, encoding="utf-8")


def _write_clip(
    folder: Path, corpus: str, clip: DemoClip, settings: DemoSettings
) -> None:
    """Writes the sound file and the video of one clip."""
    samples = synthesize_clip(corpus, clip, seed=settings.seed)
    for file in clip.files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if file == clip.video:
            _write_video(path, corpus, clip, samples, settings)
        else:
            _write_wav(path, clip, samples)


def _write_video(
    path: Path,
    corpus: str,
    clip: DemoClip,
    samples: np.ndarray,
    settings: DemoSettings,
) -> None:
    """Writes a video with the sound int16 `[num_samples, num_channels]`."""
    from data_tools.synthesis import avi_writer

    if settings.has_faces:
        pictures = draw_clip(corpus, clip, samples, seed=settings.seed)
    else:
        pictures = avi_writer.grey_frames(
            avi_writer.num_frames(len(samples), clip.sample_rate_hz)
        )
    avi_writer.write_avi(
        path, samples, sample_rate_hz=clip.sample_rate_hz, pictures=pictures
    )


def _write_wav(path: Path, clip: DemoClip, samples: np.ndarray) -> None:
    """Writes int16 `[num_samples, num_channels]` as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(clip.num_channels)
        file.setsampwidth(2)
        file.setframerate(clip.sample_rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())


def _notice(corpus: str, seed: int) -> str:
    """Returns the text of the file that marks a corpus as synthesized."""
    return (
        "The recordings in this folder are synthesized voices, with drawn faces where\n"
        "there are videos, made by\n"
        f"python -m data_tools.synthesize --corpora={corpus} --seed={seed}\n"
        f"in the layout of the corpus {corpus}. No person speaks or is seen here. A\n"
        "score on them shows that the programs work; never report it as a corpus "
        "result.\n"
    )
