"""The doors to departments: kinds of connector, mappings, decoders and the guard that stands before every source."""
