"""Long work: rows that one worker claims and runs in short-lived child processes."""
