"""How far predicted Dice, bounds, intervals and abstention may be trusted."""
