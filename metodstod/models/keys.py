"""Rows that are known by a key: content by its natural one, what someone sent by the page it came from."""

import uuid

from django.db import models


class NaturalKeyManager(models.Manager):
    """Find a row by the one field that people know it by, for fixtures."""

    # A related manager (`county.municipalities`) is made by Django without the field, and is never asked by key.
    def __init__(self, field=None):
        super().__init__()
        self.field = field

    def get_by_natural_key(self, value):
        return self.get(**{self.field: value})


class Named(models.Model):
    """A short list that staff keep: a name, a slug for addresses, an order."""

    name = models.CharField("namn", max_length=120)
    slug = models.SlugField("adressnamn", unique=True)
    position = models.PositiveSmallIntegerField("ordning", default=0)

    objects = NaturalKeyManager("slug")

    class Meta:
        abstract = True
        ordering = ["position", "slug"]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.slug,)


class OncePerKey(models.Model):
    """A row that a public form writes once, however often and from however many places it is sent.

    `key` is made by the server when the form is shown; see `metodstod.forms.KeyedForm`.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True
