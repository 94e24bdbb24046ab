"""
What training leaves behind: bundles of slots, published whole, promoted in one step.
"""
