"""Makes ``python -m triage`` the same as ``triage``."""

from triage.cli import main

main()
