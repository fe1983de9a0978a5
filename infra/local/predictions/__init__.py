"""What Replicate's stand-in (stand_ins/replicate.py) consists of: models, what was asked, running it, telling of it.

models      what may be asked for, with the schemas of the real models
store       predictions, webhooks that are owed and files, on disk: the real service forgets nothing either
runs        one prediction after the other, each in a process of its own (work.py), which can be killed
post        webhooks, signed and repeated
spoiling    results that nobody should accept, for the faults `worse` and `other_face`
"""
