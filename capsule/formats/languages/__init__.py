"""How each language writes moments, where Django's own way differs (``FORMAT_MODULE_PATH``)."""
