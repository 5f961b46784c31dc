"""The pages' scripts as a few files: nobody waits for fifty answers.

A bundle is made of modules as they are. Each becomes a function that returns what it exports, so
that the names of one never meet those of another.
"""

import json
import re
from collections.abc import Mapping
from posixpath import dirname, join, normpath

# The name that is served: the module that it begins with, and its sheets.
BUNDLES = {
    "widget/button.js": ("widget/launcher.js", ("widget/launcher.css",)),
    "console/app.js": ("console/main.js", ()),
    "console/early.js": ("console/early.js", ()),
    "widget/open.js": ("widget/chat.js", ("view/thread.css", "widget/widget.css")),
}
# Sheets that a page gets as one, in this order.
SHEETS = {
    "console/app.css": (
        "view/thread.css",
        *(f"console/{name}.css" for name in ("base", "frame", "list", "conversation", "rooms")),
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


def bundle(first: str, sheets: tuple[str, ...], files: Mapping[str, bytes]) -> bytes:
    """A module with all that it imports, and with `sheets` as texts."""
    modules: dict[str, str] = {}
    _add(first, files, modules)
    exported = ", ".join(_EXPORT.findall(files[first].decode()))
    styles = [_SPACE.sub(" ", files[name].decode()) for name in sheets]
    parts = [*modules.values(), f"export const {{ {exported} }} = {_name(first)};"]
    text = "\n".join([*parts, f"export const sheets = {json.dumps(styles, ensure_ascii=False)};\n"])
    return _INDENT.sub("", _TYPE.sub("", text)).encode()


def _add(name: str, files: Mapping[str, bytes], modules: dict[str, str]) -> None:
    """Add a module behind those that it imports."""
    if name in modules:
        return
    text = files[name].decode()
    imports: list[str] = []
    exported = _EXPORT.findall(text)
    for kind, names, whole, path in _IMPORT.findall(text):
        other = normpath(join(dirname(name), path))
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
