"""The local page on which a model can be tried."""
