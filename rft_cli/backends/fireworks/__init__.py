"""The managed service: a config becomes a job over REST, with an id of our own so that no run is started twice."""
