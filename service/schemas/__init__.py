"""What bodies look like, for the OpenAPI document."""
