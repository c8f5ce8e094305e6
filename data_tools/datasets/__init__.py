"""Writers of datasets: a corpus as TFRecords or functionals, and its check before."""
