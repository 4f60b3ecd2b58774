"""The map of what is declared: every collection, data handler, action, setting, page and conversation."""
