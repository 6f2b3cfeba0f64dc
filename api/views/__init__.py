"""Views: answers of trusted documents that are kept warm, as JSON and as tables."""
