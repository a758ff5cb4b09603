"""The pages of the app: what came in, under which declaration, as which batches."""
