"""Labs: named nodes and the links between them, built by the verbs; no new power, fewer words."""
