"""The command line's commands: each parses, calls the core, and prints; nothing else."""
