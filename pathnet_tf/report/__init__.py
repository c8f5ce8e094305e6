"""The report of a run: one page that needs nothing but a browser, tables, pictures."""
