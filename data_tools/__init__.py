"""Offline tools that turn recordings into TFRecords; training never imports them."""
