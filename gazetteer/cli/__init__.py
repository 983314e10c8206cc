"""The command `gazetteer`: a module a group of commands, and one that writes for people."""
