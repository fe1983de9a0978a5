"""Restores old photos on the CPU, with OpenCV and no learned model: what Replicate's stand-in runs.

Scratches and dust are found and painted over, noise is measured and taken out, faded tones and a colour cast are taken
back, in this order: colours are stretched last, because stretched damage is harder to find. The same photo and the same
wishes make the same bytes on one build of OpenCV. It cannot colour a black and white photo, and offers no such thing.
"""
