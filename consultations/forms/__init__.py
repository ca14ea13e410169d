"""What the group, the manager and the coordinator write."""
