"""A log that grows: read on through its rotation, and judged while it is open."""
