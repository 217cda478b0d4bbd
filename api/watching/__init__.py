"""Witnesses and monitors: programs that follow a log from outside. They need the base dependencies alone."""
