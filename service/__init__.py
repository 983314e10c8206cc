"""The gazetteer over HTTP: thin routes over the library; `service.app.create_app` makes the application."""
