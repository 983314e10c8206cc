"""The parameters of every endpoint, a module for each group of routes."""
