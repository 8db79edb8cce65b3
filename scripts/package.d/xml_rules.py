"""Data and views for another major. A file in which no rule finds anything to do keeps its bytes."""

from facts import ICONS, OLDER_XML_IDS
from lxml import etree
from basics import Unknown
from python_rules import older_mode, older_xml_id

# Records whose groups are in another field before Odoo 19.
WITH_GROUPS = ("res.users", "ir.ui.view", "ir.ui.menu", "ir.actions.act_window", "ir.actions.server", "ir.actions.client")


def rewrite_xml(path, content, major, with_activities):
    root = etree.fromstring(content, etree.XMLParser(remove_blank_text=False, strip_cdata=False))
    before = etree.tostring(root)
    if major <= 18:
        _groups(path, root)
    if major <= 17:
        _older_xml_ids(root, major)
        _crons(root)
        _view_modes(path, root)
        for record in root.iter("record"):
            if record.get("model") == "ir.ui.view":
                _view(path, record, with_activities)
    if major >= 20:
        _icons(path, root)
    if etree.tostring(root) == before:
        return content
    return etree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def field_of(record, name):
    return next((child for child in record if child.tag == "field" and child.get("name") == name), None)


def _groups(path, root):
    """Groups hang on a category, not on a privilege; who implies a group is said by the other group."""
    privileges = {}
    for record in root.iter("record"):
        if record.get("model") == "res.groups.privilege":
            privileges[record.get("id")] = record
            record.set("model", "ir.module.category")
            category = field_of(record, "category_id")
            if category is not None:
                category.set("name", "parent_id")
            for child in record:
                if child.tag == "field" and child.get("name") not in ("name", "description", "sequence", "parent_id"):
                    raise Unknown(path, child.sourceline, f"a privilege with {child.get('name')}")
    for record in list(root.iter("record")):
        model = record.get("model")
        if model == "res.groups":
            _group(path, record, privileges)
        elif model in WITH_GROUPS:
            groups = field_of(record, "group_ids")
            if groups is not None:
                groups.set("name", "groups_id")


def _group(path, record, privileges):
    privilege = field_of(record, "privilege_id")
    if privilege is not None:
        if privilege.get("ref") not in privileges:
            raise Unknown(path, privilege.sourceline, "a group with a privilege that is not made in the same file")
        privilege.set("name", "category_id")
    users = field_of(record, "user_ids")
    if users is not None:
        users.set("name", "users")
    implied_by = field_of(record, "implied_by_ids")
    if implied_by is None:
        return
    parts = implied_by.get("eval", "").split("Command.link(ref('")[1:]
    groups = [part.partition("'))")[0] for part in parts]
    if implied_by.get("eval") != "[" + ", ".join(f"Command.link(ref('{group}'))" for group in groups) + "]":
        raise Unknown(path, implied_by.sourceline, "implied_by_ids with something else than Command.link(ref('...'))")
    place = record
    for group in groups:
        other = etree.Element("record", id=group, model="res.groups")
        other.text = "\n        "
        field = etree.SubElement(
            other, "field", name="implied_ids", eval=f"[Command.link(ref('{record.get('id')}'))]"
        )
        field.tail = "\n    "
        other.tail = place.tail
        place.tail = "\n    "
        place.addnext(other)
        place = other
    _drop(implied_by)


def _drop(element):
    """Remove an element, and the blank before it rather than after."""
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        previous.tail = element.tail
    else:
        parent.text = element.tail
    element.tail = None
    parent.remove(element)


def _crons(root):
    """Before Odoo 18 a cron without this runs once."""
    for record in root.iter("record"):
        if record.get("model") == "ir.cron" and field_of(record, "numbercall") is None:
            last = record[-1]
            field = etree.SubElement(record, "field", name="numbercall", eval="-1")
            field.tail, last.tail = last.tail, record.text


def _older_xml_ids(root, major):
    for element in root.iter(etree.Element):
        for name in ("id", "ref", "groups", "parent", "inherit_id", "action"):
            if element.get(name):
                element.set(name, ",".join(older_xml_id(one, major) or one for one in element.get(name).split(",")))
        if element.get("eval"):
            for before, (_last, after) in OLDER_XML_IDS.items():
                element.set("eval", element.get("eval").replace(f"'{before}'", f"'{after}'"))


def _view_modes(path, root):
    for record in root.iter("record"):
        for name in ("view_mode", "mobile_view_mode"):
            field = field_of(record, name)
            if field is not None:
                if field.text is None:
                    raise Unknown(path, field.sourceline, f"{name} without text")
                field.text = older_mode(field.text)


def _view(path, record, with_activities):
    arch, model = field_of(record, "arch"), field_of(record, "model")
    if arch is None:
        return
    for element in list(arch.iter(etree.Element)):
        if element.tag == "list":
            element.tag = "tree"
            # Nothing shows it, and OCA's rules for a tree refuse it.
            element.attrib.pop("string", None)
        if element.tag == "chatter":
            _chatter(path, element, model.text if model is not None else None, with_activities)
        if element.get("mode"):
            element.set("mode", older_mode(element.get("mode")))
        if element.tag == "xpath":
            element.set("expr", older_path(element.get("expr")))
        if element.get("t-name") in ("card", "menu"):
            _card(path, element)
        for name, value in element.attrib.items():
            if "list_view_ref" in value:
                element.set(name, value.replace("'list_view_ref'", "'tree_view_ref'"))


def _chatter(path, element, model, with_activities):
    if model not in with_activities or element.attrib or len(element):
        raise Unknown(path, element.sourceline, "a chatter of a model of others, or with attributes")
    element.tag = "div"
    element.set("class", "oe_chatter")
    for name in ("message_follower_ids", *(["activity_ids"] if with_activities[model] else []), "message_ids"):
        etree.SubElement(element, "field", name=name)


def _card(path, element):
    """The card of a kanban draws its own frame before Odoo 18."""
    if element.get("t-name") == "menu":
        element.set("t-name", "kanban-menu")
        return
    if set(element.attrib) - {"t-name", "class"}:
        raise Unknown(path, element.sourceline, "a kanban's card with more than a class")
    element.set("t-name", "kanban-box")
    frame = etree.Element("div", {"class": f"oe_kanban_global_click {element.attrib.pop('class', '')}".strip()})
    frame.text, element.text = element.text, None
    frame.extend(list(element))
    element.append(frame)


def older_path(expression):
    """An XPath in which the elements called `list` are called `tree`: names only, not texts or attributes."""
    out, word, quote = [], "", None
    for character in expression + "\0":
        if quote is None and (character.isalnum() or character in "_-.@"):
            word += character
            continue
        out.append("tree" if word == "list" and quote is None else word)
        word = ""
        if quote is None and character in "'\"":
            quote = character
        elif character == quote:
            quote = None
        out.append(character)
    return "".join(out)[:-1]


def _icons(path, root):
    """Odoo 20 has Material's icons; one without a known counterpart is not guessed."""
    for element in root.iter(etree.Element):
        icon = element.get("icon")
        if element.tag == "field" and element.get("name") == "icon" and (element.text or "").startswith("fa-"):
            icon, element.text = element.text, ICONS.get(element.text)
        elif icon and icon.startswith("fa-") and icon in ICONS:
            element.set("icon", ICONS[icon])
        if icon and icon.startswith("fa-") and icon not in ICONS:
            raise Unknown(path, element.sourceline, f"the icon {icon}", "say Material's name in scripts/package.d/facts.py")
