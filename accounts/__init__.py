"""People: sign-in, organisations and roles, and the middleware that binds the identity."""
