"""Plans how a head moves, blinks and is lit in one clip, frame by frame.

Angles are in radians. A positive yaw turns the face to the right of the picture, a
positive pitch lowers the face, and a positive roll tilts the head clockwise.
"""

import dataclasses

import numpy as np

from data_tools.synthesis.face_style import Expression, Face

FRAMES_PER_S = 25

_TURNING_SHARE = 0.2
_BYSTANDER_SHARE = 0.125
_TURN_FRAMES = 7
# In a shorter clip a turn would leave too few frames of the face.
_TURNING_FRAMES = 30
_MAX_TALKING_YAW = np.radians(17.0)
_BLINK = np.array([0.55, 0.1, 0.0, 0.25, 0.7])


@dataclasses.dataclass(frozen=True)
class Motion:
    """How one head moves: tracks, each float64 or bool `[num_frames]`.

    Attributes:
      yaw: Turn of the head, in radians.
      pitch: Nod of the head, in radians.
      roll: Tilt of the head, in radians.
      x: Column of the head's middle, in frame heights from the middle of the frame.
      y: Row of the head's middle, in frame heights down from the middle of the frame.
      size: Half head height, in frame heights.
      lids: How far the lids are open, 0 in the middle of a blink to 1.
      gaze: Where the eyes look, -1 (left of the picture) to 1.
      strength: Strength of the expression: 0 at rest, 1 at the apex.
      speech: How far the voice opens the mouth, 0 to 1.
      light_azimuth: Direction of the light, in radians; 0 is the camera.
      light_level: Brightness; 1 is neutral.
      is_visible: Whether the head is in the frame at all.
    """

    yaw: np.ndarray
    pitch: np.ndarray
    roll: np.ndarray
    x: np.ndarray
    y: np.ndarray
    size: np.ndarray
    lids: np.ndarray
    gaze: np.ndarray
    strength: np.ndarray
    speech: np.ndarray
    light_azimuth: np.ndarray
    light_level: np.ndarray
    is_visible: np.ndarray


@dataclasses.dataclass(frozen=True)
class Performance:
    """What one person does in a clip.

    Attributes:
      face: The person.
      apex: The expression at its strongest.
      motion: The movements in every frame.
    """

    face: Face
    apex: Expression
    motion: Motion


def loudness(samples: np.ndarray, *, num_frames: int) -> np.ndarray:
    """Measures how loud a recording is during each picture.

    Args:
      samples: int16 `[num_samples, num_channels]`.
      num_frames: Number of pictures that cover the recording, at least 1.

    Returns:
      float64 `[num_frames]`, in [0, 1], relative to the loud parts of the recording.
    """
    power = np.square(samples.astype(np.float64)).mean(axis=1)
    ends = np.linspace(0, len(power), num_frames + 1).round().astype(int)
    level = np.sqrt([part.mean() for part in np.split(power, ends[1:-1])])
    return np.clip(level / max(np.percentile(level, 95), 1.0), 0, 1)


def plan_motion(
    face: Face, voice_level: np.ndarray, rng: np.random.Generator
) -> tuple[Motion, Motion | None]:
    """Plans how a speaker, and in some clips a bystander, moves.

    In one of five clips the speaker turns away for a while; half of those clips begin
    that way. In one of eight clips a bystander appears for a while. In every clip the
    speaker faces the camera in some frames.

    Args:
      face: The speaker.
      voice_level: float64 `[num_frames]`, loudness of the voice, in [0, 1].
      rng: The clip's source of randomness.

    Returns:
      The motion of the speaker, and that of the bystander or None.
    """
    num_frames = len(voice_level)
    turning, crowding = rng.random(2)
    motion = _talking(face, voice_level, rng)
    if turning < _TURNING_SHARE and num_frames >= _TURNING_FRAMES:
        is_first = turning < _TURNING_SHARE / 2
        turn = _turn(num_frames, rng, is_first=is_first)
        motion = dataclasses.replace(motion, yaw=motion.yaw + turn)
    if crowding >= _BYSTANDER_SHARE:
        return motion, None
    side = 1 if crowding < _BYSTANDER_SHARE / 2 else -1
    # The speaker makes room for the bystander.
    motion = dataclasses.replace(motion, x=motion.x - 0.1 * side)
    return motion, _beside(motion, side, rng)


def _talking(face: Face, voice_level: np.ndarray, rng: np.random.Generator) -> Motion:
    """Plans a speaker who talks towards the camera; `voice_level` is `[num_frames]`."""
    num_frames = len(voice_level)

    def sway(mean_spread: float, spread: float) -> np.ndarray:
        """Draws a track `[num_frames]` that sways around a random mean."""
        mean = mean_spread * rng.standard_normal()
        return mean + spread * _wander(num_frames, rng)

    time_s = np.arange(num_frames) / FRAMES_PER_S
    onset_s, rise_s = rng.uniform(0.0, 0.3), rng.uniform(0.2, 0.5)
    rise = np.clip((time_s - onset_s) / rise_s, 0, 1)
    # The head nods where the voice is loud.
    nod = 0.04 * rng.uniform(0, 1.5) * (_smoothed(voice_level, 5) - 0.4)
    return Motion(
        yaw=np.clip(face.yaw + sway(0.06, 0.05), -_MAX_TALKING_YAW, _MAX_TALKING_YAW),
        pitch=sway(0.05, 0.04) + nod,
        roll=sway(0.04, 0.03),
        x=sway(0.035, 0.012),
        y=0.01 + sway(0.02, 0.008),
        size=face.size * (1 + sway(0.04, 0.012)),
        lids=_blinks(num_frames, rng),
        gaze=sway(0.15, 0.25),
        strength=rise * rise * (3 - 2 * rise) * (0.9 + sway(0.08, 0.12)),
        speech=_smoothed(voice_level, 3) * (0.85 + 0.3 * rng.random(num_frames)),
        light_azimuth=face.light_azimuth + sway(0.15, 0.1),
        light_level=face.light_level * (1 + sway(0.06, 0.05)),
        is_visible=np.ones(num_frames, bool),
    )


def _turn(num_frames: int, rng: np.random.Generator, *, is_first: bool) -> np.ndarray:
    """Plans a turn away from the camera: yaw to add, `[num_frames]`, in radians.

    The head stays turned for a sixth to a third of the clip.
    """
    length = max(round(num_frames * rng.uniform(1 / 6, 1 / 3)), 1)
    last = max(num_frames - length - 2 * _TURN_FRAMES, 0)
    start = 0 if is_first else int(rng.integers(0, last + 1))
    frame = np.arange(num_frames)
    leaving = 1.0 if is_first else np.clip((frame - start) / _TURN_FRAMES, 0, 1)
    coming = np.clip((start + length + _TURN_FRAMES - frame) / _TURN_FRAMES, 0, 1)
    angle = rng.choice([-1, 1]) * np.radians(rng.uniform(85, 170))
    return angle * _smoothed(np.minimum(leaving, coming), 3)


def _beside(speaker: Motion, side: int, rng: np.random.Generator) -> Motion:
    """Plans a bystander, who looks on from beside the speaker for a while."""
    num_frames = len(speaker.yaw)
    length = max(round(num_frames * rng.uniform(0.3, 0.6)), 1)
    start = int(rng.integers(0, num_frames - length + 1))
    is_visible = np.zeros(num_frames, bool)
    is_visible[start : start + length] = True
    still = np.full(num_frames, 0.0)
    return Motion(
        yaw=-0.12 * side + 0.06 * _wander(num_frames, rng),
        pitch=0.03 * _wander(num_frames, rng),
        roll=0.03 * _wander(num_frames, rng),
        x=0.31 * side + 0.01 * _wander(num_frames, rng),
        y=rng.uniform(-0.02, 0.06) + 0.005 * _wander(num_frames, rng),
        size=np.full(num_frames, 0.19),
        lids=_blinks(num_frames, rng),
        gaze=-0.3 * side + still,
        strength=still + rng.uniform(0.2, 0.6),
        speech=still,
        light_azimuth=speaker.light_azimuth,
        light_level=speaker.light_level,
        is_visible=is_visible,
    )


def _blinks(num_frames: int, rng: np.random.Generator) -> np.ndarray:
    """Plans the lids, `[num_frames]`: a blink of 0.2 s every two to four seconds."""
    lids = np.ones(num_frames)
    frame = int(rng.integers(5, 60))
    while frame < num_frames:
        stop = min(frame + len(_BLINK), num_frames)
        lids[frame:stop] = _BLINK[: stop - frame]
        frame += int(rng.integers(50, 100))
    return lids


def _wander(num_frames: int, rng: np.random.Generator) -> np.ndarray:
    """Draws a sum of three slow sines with unit variance, `[num_frames]`."""
    time_s = np.arange(num_frames) / FRAMES_PER_S
    hertz, phase = rng.uniform(0.15, 0.9, 3), rng.uniform(0, 2 * np.pi, 3)
    waves = np.sin(2 * np.pi * hertz * time_s[:, None] + phase)
    return waves.sum(axis=1) * np.sqrt(2 / 3)


def _smoothed(track: np.ndarray, num_frames: int) -> np.ndarray:
    """Returns the moving average `[num_track_frames]` over an odd number of frames."""
    padded = np.pad(track, num_frames // 2, mode="edge")
    return np.convolve(padded, np.full(num_frames, 1 / num_frames), mode="valid")
