"""What all tests share: the database servers, as fixtures."""

pytest_plugins = ["tests.servers.fixtures"]
