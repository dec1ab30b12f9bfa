"""What differs between PostgreSQL's versions, as data beside the query it belongs to."""


def since(major: int, choices: dict[int, str]) -> str:
    """The choice of the newest version that is not newer than this server."""
    return choices[max(version for version in choices if version <= major)]
