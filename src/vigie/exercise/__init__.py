"""Practice data with known truth, for training, the demo and benchmarks; everyone in it is fictitious."""
