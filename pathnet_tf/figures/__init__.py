"""Pictures of arrays; nothing here knows a run or a page."""
