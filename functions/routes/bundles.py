"""The pages' scripts as a few files: nobody waits for fifty answers.

A bundle is made of modules as they are. Each becomes a function that returns what it exports, so
that the names of one never meet those of another.
"""

import json
import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from posixpath import dirname, join, normpath

# The name that is served: the module that it begins with, and its sheets.
BUNDLES = {
    "widget/button.js": ("widget/launcher.js", ("widget/launcher.css",)),
    "console/app.js": ("console/main.js", ()),
    "console/early.js": ("console/early.js", ()),
    "widget/open.js": ("widget/chat.js", ("view/thread.css", "widget/widget.css")),
}
# What a page loads only when somebody goes there: the module that it begins with, and the bundle
# that is there already. It has that one's modules from there.
LATER = {
    "console/settings.js": ("console/settings/room.js", "console/app.js"),
    "console/many_bar.js": ("console/many.js", "console/app.js"),
    "console/drop_targets.js": ("console/drop.js", "console/app.js"),
    "console/macro_box.js": ("console/macro_parts.js", "console/app.js"),
    "console/search_bar.js": ("console/narrow.js", "console/app.js"),
    "console/saved_views.js": ("console/saved.js", "console/app.js"),
}
# Sheets that a page gets as one, in this order. A `*` is all that match: a panel brings its own.
SHEETS = {
    "console/app.css": (
        "view/thread.css",
        *(f"console/{name}.css" for name in ("base", "frame", "list", "conversation", "rooms")),
        "console/panels/*.css",
        "console/settings/settings.css",
        "console/conditions.css",
    ),
}

_IMPORT = re.compile(
    r'^(import|export) (?:\{([^}]*)\}|\* as (\w+)) from "([^"]+)";\n', re.MULTILINE
)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
# Not within a text: those of these modules end on their line.
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_TYPE = re.compile(r"/\*\* @type \{[^\n]*?\} \*/ ?")
_SPACE = re.compile(r"\s+")
# What is left of a module's own words is a form that is not known here.
_UNKNOWN = re.compile(r"^(?:import|export)\b", re.MULTILINE)


def bundles(files: Mapping[str, bytes], version: str) -> dict[str, bytes]:
    """Every bundle by the name that it is served by.

    One of `LATER` exports `begin(modules)`, which gives what its first module exports, and its
    `version`: a page that is open during an update may get the next one.
    """
    made = {}
    for name, (first, sheets) in BUNDLES.items():
        lent = {
            one
            for later, base in LATER.values()
            if base == name
            for one in _shared(later, first, files)
        }
        made[name] = bundle(first, sheets, files, lent)
    for name, (first, base) in LATER.items():
        begun = BUNDLES[base][0]
        borrowed = ", ".join(sorted(map(_name, _shared(first, begun, files))))
        added = _modules(first, files, _all_of(begun, files))
        lines = [f'export const version = "{version}";', "export const begin = (modules) => {"]
        lines += [f"const {{ {borrowed} }} = modules;", *added, f"return {_name(first)};", "};\n"]
        made[name] = _packed(lines)
    return made


def whole_sheets(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Each of `SHEETS` by the name that it is served by."""
    return {
        name: b"".join(files[one] for part in parts for one in _named(part, files))
        for name, parts in SHEETS.items()
    }


def _named(part: str, files: Mapping[str, bytes]) -> list[str]:
    """The files of a pattern, or the one of a name, also where no file has it."""
    return sorted(one for one in files if fnmatchcase(one, part)) if "*" in part else [part]


def bundle(
    first: str, sheets: tuple[str, ...], files: Mapping[str, bytes], lent: Collection[str] = ()
) -> bytes:
    """A module with all that it imports, and with `sheets` as texts.

    It also exports the modules that it has `lent` to another bundle.
    """
    exported = ", ".join(_EXPORT.findall(files[first].decode()))
    styles = [_SPACE.sub(" ", files[name].decode()) for name in sheets]
    parts = [*_modules(first, files), f"export const {{ {exported} }} = {_name(first)};"]
    if lent:
        parts.append(f"export const modules = {{ {', '.join(sorted(map(_name, lent)))} }};")
    return _packed([*parts, f"export const sheets = {json.dumps(styles, ensure_ascii=False)};\n"])


def _packed(parts: list[str]) -> bytes:
    return _INDENT.sub("", _TYPE.sub("", "\n".join(parts))).encode()


def _modules(first: str, files: Mapping[str, bytes], without: Collection[str] = ()) -> list[str]:
    """A module behind all that it imports, but for those `without`."""
    modules: dict[str, str] = dict.fromkeys(without, "")
    _add(first, files, modules)
    return [text for text in modules.values() if text]


def _all_of(first: str, files: Mapping[str, bytes]) -> set[str]:
    """A module and all that it imports."""
    found: dict[str, str] = {}
    _add(first, files, found)
    return set(found)


def _shared(later: str, first: str, files: Mapping[str, bytes]) -> set[str]:
    """What the modules of a later bundle import from those of one that is there already."""
    there = _all_of(first, files)
    own = _all_of(later, files) - there
    return {other for name in own for other, *_ in _imports(name, files)} & there


def _imports(name: str, files: Mapping[str, bytes]) -> list[tuple[str, str, str, str]]:
    """What a module imports: from which, and then as the line has it: its word, names, whole."""
    return [
        (normpath(join(dirname(name), path)), kind, names, whole)
        for kind, names, whole, path in _IMPORT.findall(files[name].decode())
    ]


def _add(name: str, files: Mapping[str, bytes], modules: dict[str, str]) -> None:
    """Add a module behind those that it imports."""
    if name in modules:
        return
    text = files[name].decode()
    imports: list[str] = []
    exported = _EXPORT.findall(text)
    for other, kind, names, whole in _imports(name, files):
        _add(other, files, modules)
        taken = whole or f"{{{names.replace(' as ', ': ')}}}"
        imports.append(f"const {taken} = {_name(other)};")
        if kind == "export":
            exported += [one.strip() for one in names.split(",") if one.strip()]
    body = _EXPORT.sub("", _IMPORT.sub("", text))
    if found := _UNKNOWN.search(body):
        raise ValueError(f"{name} has an import or export of another form: {found[0]}")
    inner = "\n".join([*imports, body.strip(), f"return {{ {', '.join(exported)} }};"])
    modules[name] = f"const {_name(name)} = (() => {{\n{inner}\n}})();"


def _name(module: str) -> str:
    return "$" + re.sub(r"\W", "_", module.removesuffix(".js"))
