"""The PathNet: genotype, modules, layers, heads, pooling, freezing, and its file."""
