"""The hip network: from an AP film to the femora, and a closer look at each hip."""
