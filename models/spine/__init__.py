"""The spine networks: from an AP film to the corners of every vertebra."""
