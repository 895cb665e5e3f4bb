"""Where parameters, goals, codes, keys and the coverage of the guide are declared. Data, pure; uses only `diagnostics`."""
