"""What the reader sees and touches: the page frame, shared widgets, browser components."""
