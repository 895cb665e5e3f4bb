"""Everything that turns values into text; the only room that may import Rich."""
