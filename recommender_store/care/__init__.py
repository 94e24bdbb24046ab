"""Tending what lies in the store: look at it, drop what need not stay, forget who asks for it."""
