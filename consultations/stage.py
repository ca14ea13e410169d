from metodstod.path import Stage, State


def stage(team):
    return Stage(3, "Konsultation", State.NOT_BEGUN, "")
