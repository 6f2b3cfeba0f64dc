"""Evidence: what a photo is, how alike two photos are, and what an officer is warned of. Pure: knows no pixel."""
