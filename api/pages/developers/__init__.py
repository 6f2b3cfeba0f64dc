"""The pages for developers: reference, explorer, saved queries, quick starts, API keys."""
