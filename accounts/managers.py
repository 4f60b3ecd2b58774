from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import BaseUserManager

if TYPE_CHECKING:
    from accounts.models import User

__all__ = ["UserManager"]

LONGEST_ADDRESS = 254  # characters; no column holds more


class UserManager(BaseUserManager["User"]):
    """Makes people by e-mail address, compared without regard to case."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new person. Raises ``ValueError`` without an address."""
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new person who may do everything."""
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        # Whole and lower-cased: nobody's provider tells Ann@ from ann@, and two accounts would confuse.
        text = (email or "").strip()
        # A longer one is nobody's, and normalising takes time that may grow with the square of its length.
        return (unicodedata.normalize("NFKC", text) if len(text) <= LONGEST_ADDRESS else text).lower()

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=self.normalize_email(username))

    async def aget_by_natural_key(self, username: str | None) -> User:
        return await self.aget(email=self.normalize_email(username))
