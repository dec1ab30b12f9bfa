"""Scheduled runs, as a process and piece by piece."""
