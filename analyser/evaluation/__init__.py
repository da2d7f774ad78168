"""Measures the product against conversations and recordings whose truth is known."""
