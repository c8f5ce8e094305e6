"""Watched processes that read other people's files and may die of them."""
