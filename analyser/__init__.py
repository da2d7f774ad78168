"""Listens to recorded sales conversations and shows a seller and their trainer what to work on."""

__version__ = "0.1.0"
