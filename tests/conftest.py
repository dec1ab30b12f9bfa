"""What all tests share: the database servers, as fixtures, and how the tests are shared out over processes."""

pytest_plugins = ["tests.servers.fixtures", "tests.distribution"]
