"""Pictures for eyes: landscapes, cities and evenings that are worked out, not photographed, each from its seed.

A scene is a landscape of heights that a camera looks over (terrain, city), under a sky, in a light; what a lens and a
sensor would do to it comes last (canvas.develop). Indoors is drawn flat.
"""
