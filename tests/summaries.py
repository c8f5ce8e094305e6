"""Reads TensorBoard's event files back."""

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.util.tensor_util import make_ndarray


def read_tags(folder):
    """What was logged: under each tag the step and value of every entry, in order."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    return {
        tag: [
            (entry.step, make_ndarray(entry.tensor_proto))
            for entry in events.Tensors(tag)
        ]
        for tag in events.Tags()["tensors"]
    }


def read_session(folder):
    """The settings that the HPARAMS tab shows of a folder, and the session's name."""
    events = EventAccumulator(str(folder)).Reload()
    content = events.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data
    session = metadata.parse_session_start_info_plugin_data(content.content)
    settings = {
        name: getattr(value, value.WhichOneof("kind"))
        for name, value in session.hparams.items()
    }
    return settings, session.group_name
