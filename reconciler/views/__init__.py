"""Turns values into text: pure, and the only place that knows symbols, widths and colours."""
