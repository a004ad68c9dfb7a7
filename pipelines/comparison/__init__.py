"""How a patient's numbers change from film to film."""
