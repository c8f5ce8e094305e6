"""An exported model: written, described, loaded, and asked."""
