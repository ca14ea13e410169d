"""The pages of step 3: open to everyone, the group's, the coordinator's, and those behind a link of one's own."""
