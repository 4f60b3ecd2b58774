"""The models of collections are built from the declarations (``building.py``) and live in this module.

Without it Django would not send ``post_migrate`` for this app.
"""
