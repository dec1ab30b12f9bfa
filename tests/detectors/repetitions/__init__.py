"""What repeated statements are, told from literals; the statements are those that SQLAlchemy sends."""

import pytest

pytest.register_assert_rewrite("tests.detectors.repetitions.logs")
