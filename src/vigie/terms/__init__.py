"""What the stages share: table schemas, errors, languages, units."""
