"""The API of our own, a module a resource: functions, with their parameters and answers beside them."""
