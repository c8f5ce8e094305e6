"""The genetic search over pathways, its log and its checkpoints."""
