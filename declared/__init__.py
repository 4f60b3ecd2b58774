"""The map of what is declared: every collection, data handler, setting, page and conversation."""
