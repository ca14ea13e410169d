"""What every page has around it: where the reader is in the menu, and what is drawn once because it is the same on all pages."""

from django import template

register = template.Library()

MOST_KEPT = 64  # Drawings of one part: more than the menu has places, and than an address of someone's own making can add.


@register.simple_tag(takes_context=True)
def place(context):
    """Return the page's address as far as the menu can tell pages apart: `/a/` itself, and `/a/…` for all below it.

    Works without a request too: error pages have none.
    """
    path = getattr(context.get("request"), "path", "")
    first, below = path[1:].partition("/")[::2]
    return f"/{first}/…" if below else path


@register.simple_tag
def current(address, here):
    """Return what `aria-current` is for the menu's link to `address`: "page", "true" for a page below it, else ""."""
    if here == address:
        return "page"
    return "true" if here.startswith(address) else ""


class Once(template.Node):
    """Draws its content once for each value of what it is given, and sends that again."""

    def __init__(self, names, nodelist):
        self.names, self.nodelist, self.kept = names, nodelist, {}

    def draw(self, context):
        return self.nodelist.render(context.new({name: context.get(name) for name in self.names}))

    def render(self, context):
        values = tuple(context.get(name) for name in self.names)
        drawn = self.kept.get(values)
        if drawn is None:
            drawn = self.draw(context)
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[values] = drawn
        return drawn


@register.tag
def once(parser, token):
    """`{% once here demo %}…{% endonce %}`: what depends on nothing but these variables is drawn once for each of their values.

    Nothing else of the page is known inside it, so nothing of a reader's can be sent to another. The values are few: not
    what people write.
    """
    names = token.split_contents()[1:]
    nodelist = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(names, nodelist)
