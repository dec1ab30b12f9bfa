"""Detectors, each tested from literals: silent cases first, then the finding, then both sides of each edge."""

import pytest

pytest.register_assert_rewrite("tests.detectors.checks")
