"""Indexes over an open gazetteer: by name and by position."""
