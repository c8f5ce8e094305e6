"""Offline tools that turn recordings into datasets; training never imports them."""
