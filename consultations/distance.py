"""How far it is between municipalities, and how long a coordinator is on the way.

Straight lines between the municipalities' seats, in degrees (WGS 84) to two decimals, which is right within a
kilometre: enough to say who are near each other, and to leave room for a journey. No map service is asked.
"""

from math import asin, ceil, cos, radians, sin, sqrt

EARTH = 6371  # Its mean radius in kilometres.
ROADS = 1.3  # How much longer a road is than the straight line.
SPEED = 70  # Kilometres an hour, from door to door.
PARKING = 15  # Minutes to get out, park and find the room.
UNKNOWN = 120  # Minutes to leave for a journey whose length is not known.
STEP = 15  # Minutes; nobody plans a journey to the minute.

SEATS = {
    "1315": (57.00, 13.24),
    "1380": (56.67, 12.86),
    "1381": (56.51, 13.05),
    "1382": (56.91, 12.49),
    "1383": (57.11, 12.25),
    "1384": (57.49, 12.08),
    "1401": (57.66, 12.12),
    "1402": (57.74, 12.11),
    "1407": (57.71, 11.65),
    "1415": (58.07, 11.82),
    "1419": (57.99, 11.55),
    "1421": (58.24, 11.68),
    "1427": (58.36, 11.25),
    "1430": (58.47, 11.68),
    "1435": (58.72, 11.33),
    "1438": (58.91, 11.93),
    "1439": (58.57, 11.99),
    "1440": (57.90, 12.05),
    "1441": (57.77, 12.27),
    "1442": (58.03, 12.81),
    "1443": (57.67, 12.57),
    "1444": (58.33, 12.68),
    "1445": (58.19, 12.72),
    "1446": (58.54, 14.50),
    "1447": (58.86, 14.22),
    "1452": (57.49, 13.35),
    "1460": (59.03, 12.23),
    "1461": (58.70, 12.45),
    "1462": (58.13, 12.13),
    "1463": (57.51, 12.69),
    "1465": (57.50, 13.11),
    "1466": (58.08, 13.03),
    "1470": (58.26, 12.95),
    "1471": (58.53, 13.49),
    "1472": (58.42, 14.16),
    "1473": (58.71, 14.13),
    "1480": (57.71, 11.97),
    "1481": (57.66, 12.01),
    "1482": (57.87, 11.98),
    "1484": (58.27, 11.44),
    "1485": (58.35, 11.94),
    "1486": (58.94, 11.17),
    "1487": (58.38, 12.32),
    "1488": (58.28, 12.29),
    "1489": (57.93, 12.53),
    "1490": (57.72, 12.94),
    "1491": (57.79, 13.42),
    "1492": (59.05, 12.70),
    "1493": (58.71, 13.82),
    "1494": (58.51, 13.16),
    "1495": (58.39, 13.44),
    "1496": (58.39, 13.85),
    "1497": (58.30, 14.29),
    "1498": (58.18, 13.96),
    "1499": (58.17, 13.55),
}
# Where a county's authority sits, and its coordinators set out from unless they say otherwise.
AUTHORITIES = {"13": "1380", "14": "1480"}


def kilometres(one, other):
    """Return the straight line between two municipalities, known by their codes; None when one is not on the map."""
    if one not in SEATS or other not in SEATS:
        return None
    (lat1, lon1), (lat2, lon2) = ((radians(lat), radians(lon)) for lat, lon in (SEATS[one], SEATS[other]))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))


def travel_minutes(one, other):
    """Return how many minutes to leave for a journey between two municipalities, in whole quarters of an hour."""
    length = kilometres(one, other)
    if length is None:
        return UNKNOWN
    return ceil((length * ROADS / SPEED * 60 + PARKING) / STEP) * STEP
