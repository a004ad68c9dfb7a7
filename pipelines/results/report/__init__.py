"""report.html: one page on all films of a results folder, built film by film."""
