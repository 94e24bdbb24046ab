"""From events to matrices: what a recipe is fitted on, and what it is measured on."""
