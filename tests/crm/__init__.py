"""An application that was there before: related models with rules of their own, and their collections."""
