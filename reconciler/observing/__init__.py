"""What is asked beyond the bulk look: one thing, its tags, its snapshots; plans that hold."""
