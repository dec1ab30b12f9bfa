"""Query logs: read at the speed of the disk into what the detectors judge."""
