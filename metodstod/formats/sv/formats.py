"""How dates and times are written: in words, with the weekday where it helps."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "l j F Y \\k\\l. H.i"
TIME_FORMAT = "H.i"
SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d H.i"
FIRST_DAY_OF_WEEK = 1
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"]
TIME_INPUT_FORMATS = ["%H:%M", "%H.%M", "%H"]
