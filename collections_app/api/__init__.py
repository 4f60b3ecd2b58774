"""Collections over HTTP as JSON: the same addresses, identity, access and validation as the pages."""
