"""One module a resource; each has a function that makes its blueprint from the application's state."""
