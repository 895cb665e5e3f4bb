"""Where parameters, goals, codes, keys and the guide's coverage are declared. Data, pure; imports nothing else of rft."""
