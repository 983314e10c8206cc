"""What is asked of incidents and sent to them over HTTP: questions, pages, formats, uploads."""
