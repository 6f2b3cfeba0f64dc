"""The nouns of the city: records, enums, value types, policy, Batch, Request and errors; pure, without I/O."""
