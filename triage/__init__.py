"""Says what is wrong with a Python service on SQLAlchemy, and what to do now."""

__version__ = "0.1.0"
