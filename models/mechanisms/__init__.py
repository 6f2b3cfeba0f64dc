"""What every storey needs and is written once: a bounded map, a single flight, a bounded wait.

They know no noun. Every storey but the engine, which knows nothing of ours, may come in.
"""
