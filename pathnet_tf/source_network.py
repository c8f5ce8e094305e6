"""A source network on disk: weights, tasks and frozen pathways, shared by all folds."""

import json
from collections.abc import Sequence
from pathlib import Path

from pathnet_tf.freezing import Pathway, freeze
from pathnet_tf.model import PathNet


def save_network(folder: Path, model: PathNet, pathways: Sequence[Pathway]) -> None:
    """Writes a network that has learned its source tasks.

    Args:
      folder: Where to write; made if need be.
      model: The network.
      pathways: The best pathway of each source task, in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights, description = _files(folder)
    model.save_weights(weights)
    content = model.get_config() | {
        "pathways": [pathway.to_json() for pathway in pathways]
    }
    description.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load_network(folder: Path) -> tuple[PathNet, list[Pathway]]:
    """Reads a source network, its pathways frozen.

    Args:
      folder: From `save_network`.

    Returns:
      The network, and the pathway of each source task.
    """
    weights, description = _files(folder)
    content = json.loads(description.read_text(encoding="utf-8"))
    model = PathNet(content["settings"], content["tasks"])
    model.load_weights(weights)
    pathways = [Pathway.from_json(item) for item in content["pathways"]]
    for pathway in pathways:
        freeze(model, pathway.genotype)
    return model, pathways


def _files(folder: Path) -> tuple[Path, Path]:
    return folder / "network.weights.h5", folder / "network.json"
