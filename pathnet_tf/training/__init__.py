"""How a candidate pathway is trained: its settings, its loss, its loop, its trainer."""
