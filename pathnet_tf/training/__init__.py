"""How one candidate pathway is trained: its settings, its loss, its trainers."""
