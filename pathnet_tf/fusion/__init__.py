"""Two finished runs become one."""
