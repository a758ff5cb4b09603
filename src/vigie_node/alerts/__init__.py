"""What methods found and what people make of it: runs, signals, alerts, reviews."""
