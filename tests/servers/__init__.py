"""Real database servers for the tests.

A test asks for a server by its fixture (`fixtures.py`); the fleet starts it when the first test needs it, in a
temporary folder and on a free port, and ends it with the session. `python -m tests.servers.install` fetches what is
missing. `TRIAGE_TEST_<NAME>_URL`, an administrator's URL, puts a server that runs already in its place.
"""
