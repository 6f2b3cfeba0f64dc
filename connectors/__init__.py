"""Access to the sources of departments: kinds of connector, mappings, decoders, and the guard before every source."""
