import dataclasses

import numpy as np
import pytest

from data_tools.synthesis import face_style
from data_tools.synthesis.face_style import EXPRESSIONS, Expression
from pathnet_tf.data.emotions import EMOTIONS


def drawn_faces(is_female, num_faces=40):
    return [
        face_style.draw_face(np.random.default_rng(seed), is_female=is_female)
        for seed in range(num_faces)
    ]


def test_every_emotion_has_an_expression():
    assert set(EXPRESSIONS) <= set(EMOTIONS)


@pytest.mark.parametrize(
    ("higher", "lower", "attribute"),
    [
        ("surprise", "neutral", "brow_height"),
        ("neutral", "anger", "brow_height"),
        ("sadness", "neutral", "brow_slant"),
        ("fear", "anger", "brow_slant"),
        ("fear", "neutral", "lid_opening"),
        ("neutral", "boredom", "lid_opening"),
        ("happiness", "surprise", "cheek_raise"),
        ("disgust", "neutral", "nose_wrinkle"),
        ("happiness", "neutral", "mouth_curve"),
        ("calm", "sadness", "mouth_curve"),
        ("surprise", "anger", "mouth_opening"),
        ("fear", "surprise", "mouth_width"),
    ],
)
def test_people_mostly_agree_on_the_direction(higher, lower, attribute):
    agree = [
        getattr(face.habits[higher], attribute) > getattr(face.habits[lower], attribute)
        for face in drawn_faces(is_female=False)
    ]
    assert np.mean(agree) > 0.8


def test_habits_differ_between_people():
    curves = {
        face.habits["happiness"].mouth_curve for face in drawn_faces(is_female=False)
    }
    assert len(curves) == 40


def test_women_have_no_beards():
    assert {face.beard for face in drawn_faces(is_female=True)} == {0.0}


def test_people_differ_in_skin_and_hair():
    faces = drawn_faces(is_female=False)
    assert np.ptp([face.skin[0] for face in faces]) > 0.15
    assert np.ptp([face.hair[0] for face in faces]) > 0.3


def test_draw_face_is_decided_by_the_stream():
    first, second = (
        face_style.draw_face(np.random.default_rng(5), is_female=True) for _ in range(2)
    )
    assert first == second


def test_express_face_varies_around_the_habit():
    face = drawn_faces(is_female=True, num_faces=1)[0]
    rng = np.random.default_rng(0)
    takes = [
        face_style.express_face(face, "sadness", rng).mouth_curve for _ in range(400)
    ]
    habit = face.habits["sadness"].mouth_curve
    assert np.mean(takes) == pytest.approx(habit, abs=0.02)
    assert np.std(takes) > 0.05


def test_express_face_is_stronger_at_a_higher_intensity():
    face = drawn_faces(is_female=True, num_faces=1)[0]
    weak, strong = (
        face_style.express_face(
            face, "sadness", np.random.default_rng(0), intensity=intensity
        )
        for intensity in (0.25, 0.75)
    )
    gained = strong.brow_slant - weak.brow_slant
    assert gained == pytest.approx(0.5 * face.habits["sadness"].brow_slant)


@pytest.mark.parametrize("extreme", [-3.0, 3.0])
def test_express_face_keeps_to_what_a_face_can_do(extreme):
    face = drawn_faces(is_female=True, num_faces=1)[0]
    habit = Expression(*[extreme] * 8)
    face = dataclasses.replace(face, habits={"fear": habit})
    expression = face_style.express_face(face, "fear", np.random.default_rng(0))
    assert np.abs(dataclasses.astuple(expression)).max() <= 1.3
    assert expression.mouth_opening >= 0


@pytest.mark.parametrize(("strength", "curve"), [(0.0, -0.2), (0.5, 0.3), (1.0, 0.8)])
def test_blend_goes_from_rest_to_apex(strength, curve):
    rest, apex = Expression(mouth_curve=-0.2), Expression(mouth_curve=0.8)
    expression = face_style.blend(rest, apex, strength, 0.0)
    assert expression.mouth_curve == pytest.approx(curve)


def test_blend_opens_the_mouth_with_the_voice():
    silent, loud = (
        face_style.blend(Expression(), Expression(), 1.0, speech) for speech in (0, 1)
    )
    assert loud.mouth_opening > silent.mouth_opening + 0.3
