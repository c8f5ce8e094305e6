"""Small models of each class, whose weights are drawn, saved to disk as users' are."""

import json

import numpy as np
import pytest

from data_tools.encoders.encoder import opened
from data_tools.encoders.settings import EncoderSettings
from pathnet_tf.runtime.errors import DataError, UsageError

transformers = pytest.importorskip(
    "transformers", reason="needs the extra [transformers]"
)
torch = pytest.importorskip("torch", reason="needs the extra [transformers]")
SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "conv_dim": (8, 8),
    "conv_stride": (20, 16),
    "conv_kernel": (40, 16),
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
}


def saved(folder, name):
    """Saves a model of a class; returns it."""
    torch.manual_seed(0)
    if name == "Whisper":
        config = transformers.WhisperConfig(
            d_model=16,
            encoder_layers=2,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=16,
            decoder_ffn_dim=16,
            vocab_size=60000,
        )
        extractor = transformers.WhisperFeatureExtractor()
    else:
        config = getattr(transformers, f"{name}Config")(**SMALL)
        extractor = transformers.Wav2Vec2FeatureExtractor()
    model = getattr(transformers, f"{name}Model")(config).eval()
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)
    return model


@pytest.mark.parametrize("name", ["Wav2Vec2", "Hubert", "WavLM"])
def test_hidden_states_are_those_of_the_model(tmp_path, rng, name):
    model = saved(tmp_path, name)
    waveform = rng.uniform(-0.5, 0.5, 8000).astype(np.float32)
    normed = (waveform - waveform.mean()) / np.sqrt(waveform.var() + 1e-7)
    with torch.inference_mode():
        given = torch.from_numpy(normed[np.newaxis])
        found = model(given, output_hidden_states=True)
    states = [one[0].numpy() for one in found.hidden_states]
    for layers, expected in (
        ((), states[2]),
        (("0", "1"), (states[0] + states[1]) / 2),
    ):
        settings = EncoderSettings(str(tmp_path), layers=layers).resolved()
        vector = opened(settings)(waveform)
        told = np.concatenate([expected.mean(axis=0), expected.std(axis=0)])
        np.testing.assert_allclose(vector, told, rtol=1e-3, atol=1e-4)


def test_whisper_hears_all_of_a_clip_and_nothing_after_it(tmp_path, rng):
    model = saved(tmp_path, "Whisper")
    waveform = rng.uniform(-0.5, 0.5, 16000 * 31).astype(np.float32)
    extract = transformers.WhisperFeatureExtractor()
    states = []
    for part in (waveform[: 16000 * 30], waveform[16000 * 30 :]):
        given = extract(part, sampling_rate=16000, return_tensors="pt").input_features
        with torch.inference_mode():
            found = model.get_encoder()(given).last_hidden_state[0].numpy()
        states.append(found[: 50 * len(part) // 16000])  # 50 frames a second.
    expected = np.concatenate(states)
    settings = EncoderSettings(str(tmp_path), statistics=("mean",)).resolved()
    vector = opened(settings)(waveform)
    np.testing.assert_allclose(vector, expected.mean(axis=0), rtol=1e-3, atol=1e-4)


def test_what_a_folder_lacks_is_told(tmp_path, rng):
    waveform = rng.uniform(-0.5, 0.5, 8000).astype(np.float32)

    def hear(**settings):
        opened(EncoderSettings(str(tmp_path), **settings).resolved())(waveform)

    saved(tmp_path, "Wav2Vec2")
    with pytest.raises(UsageError, match="has no 3; name --layers of 0, 1, 2"):
        hear(layers=("3",))
    with pytest.raises(UsageError, match="takes a waveform, and makes frames"):
        hear(takes="frames")
    path = tmp_path / "config.json"
    text = path.read_text()
    path.write_text(json.dumps(json.loads(text) | {"num_hidden_layers": 3}))
    with pytest.raises(DataError, match=r"lacks the weights encoder.layers.2"):
        hear()
    path.write_text(text)
    weights = tmp_path / "model.safetensors"
    weights.rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(DataError, match=r"cannot be loaded .*save_pretrained\(FOLDER"):
        hear()
