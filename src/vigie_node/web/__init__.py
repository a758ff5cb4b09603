"""The frame that every page stands in: templates, components, static files, headers, errors. No rows."""
