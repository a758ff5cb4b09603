"""Where observations come from: declarations, intakes, batches."""
