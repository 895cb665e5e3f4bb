"""Where parameters, goals, codes, keys and the guide's coverage are declared. Data, pure; of rft it imports only `diagnostics`."""
