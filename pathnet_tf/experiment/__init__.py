"""A whole run: its flags, settings, data, plan, jobs, workers and folder."""
