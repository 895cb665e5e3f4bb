"""Symptoms or a goal → the one change that the guide supports, or none with the reason. Pure; the playbook is a table."""
