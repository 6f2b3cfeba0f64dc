"""The kind `sql`: pure translation from Criteria to SQL, and a thin connector that runs it."""
