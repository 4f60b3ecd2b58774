"""Says in one sentence whether the PostgreSQL of ``DATABASE_URL`` answers, before a suite needs it."""

from __future__ import annotations

import os
import sys

import psycopg


def main() -> None:
    url = os.environ["DATABASE_URL"]
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            print(f"PostgreSQL {connection.info.server_version // 10_000} answers.")
    except psycopg.Error as error:
        name = url.rpartition("@")[2]
        sys.exit(f"No PostgreSQL answers at {name}: {str(error).strip().splitlines()[-1]}")


if __name__ == "__main__":
    main()
