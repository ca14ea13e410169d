"""What is said in the films is found by PostgreSQL's Swedish full-text index, over a vector that it keeps beside each line.

Elsewhere the lines are read. The vector is the database's own column, which the model knows nothing of. PostgreSQL's own
Swedish leaves out common words, such as "det"; who searches for one is to find it, and so ours leaves out none.
"""

from django.db import migrations

MADE = """
CREATE TEXT SEARCH DICTIONARY swedish_every_word (TEMPLATE = snowball, LANGUAGE = swedish);
CREATE TEXT SEARCH CONFIGURATION swedish_every_word (COPY = swedish);
ALTER TEXT SEARCH CONFIGURATION swedish_every_word ALTER MAPPING REPLACE swedish_stem WITH swedish_every_word;
ALTER TABLE lectures_cue
ADD COLUMN said tsvector GENERATED ALWAYS AS (to_tsvector('swedish_every_word'::regconfig, text)) STORED;
CREATE INDEX cue_text_swedish ON lectures_cue USING gin (said)
"""
GONE = """
ALTER TABLE lectures_cue DROP COLUMN IF EXISTS said;
DROP TEXT SEARCH CONFIGURATION IF EXISTS swedish_every_word;
DROP TEXT SEARCH DICTIONARY IF EXISTS swedish_every_word
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(MADE)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GONE)


class Migration(migrations.Migration):
    dependencies = [("lectures", "0001_initial")]

    operations = [migrations.RunPython(make, remove)]
