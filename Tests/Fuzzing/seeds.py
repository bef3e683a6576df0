#!/usr/bin/env python3
"""Writes the inputs in Corpus that fuzzing begins with: small heaps of every form, drawn here.

  Tests/Fuzzing/seeds.py RETINUE     the path of a built program, which turns them into columns

What fuzzing found is beside them, under other names, and stays.
"""
import json, os, struct, subprocess, sys, tempfile

retinue = sys.argv[1]
corpus = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Corpus")
NODE_TYPES = ["hidden", "array", "string", "object", "code", "closure", "regexp", "number", "native",
              "synthetic", "concatenated string", "sliced string", "symbol", "bigint", "object shape"]
EDGE_TYPES = ["context", "element", "property", "internal", "hidden", "shortcut", "weak"]


def write(reader, name, content):
    path = os.path.join(corpus, reader, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    return path


def v8(style):
    """A global object, two sessions in a list, a Map's table, a detached element, a WeakMap pair."""
    strings = ["", "(GC roots)", "Window / app", "list", "Session", "name", "an\u00e9\U0001f600\"\\", "table",
               "map", "Detached <div>", "1 / part of key (k @7) -> value (v @9) pair in WeakMap (table @11)",
               "context", "app.js", "serve", "system / Context", "x" * 40]
    nodes = [  # type, name, id, size, detachedness, edges: type, name or index, target
        (9, 0, 1, 0, 0, [(1, 1, 1), (5, 2, 2)]),
        (9, 1, 3, 0, 0, [(1, 0, 2), (1, 1, 6)]),
        (3, 2, 5, 32, 1, [(2, 3, 3), (2, 13, 8)]),
        (3, 3, 7, 16, 0, [(3, 7, 4)]),
        (1, 0, 9, 64, 0, [(4, 1, 5), (4, 2, 5), (3, 10, 7)]),
        (3, 4, 11, 48, 0, [(2, 5, 7), (6, 3, 3), (3, 8, 9)]),
        (8, 9, 14, 80, 2, [(2, 5, 7)]),
        (2, 6, 15, 24, 0, []),
        (5, 13, 17, 56, 0, [(3, 11, 10), (0, 5, 5)]),
        (14, 8, 19, 40, 0, [(3, 8, 9)]),
        (0, 14, 21, 32, 0, [(0, 5, 5), (3, 8, 9)]),
    ]
    old = style == "node20"
    fields = ["type", "name", "id", "self_size", "edge_count"] + (["trace_node_id"] if old else []) + ["detachedness"]
    width = len(fields)
    location = ["object_index", "script_id"] + (["script_object_index"] if style == "chromium" else []) + ["line", "column"]
    meta = {"node_fields": fields, "node_types": [NODE_TYPES, "string"] + ["number"] * (width - 2),
            "edge_fields": ["type", "name_or_index", "to_node"], "edge_types": [EDGE_TYPES, "string_or_number", "node"],
            "trace_function_info_fields": ["function_id", "name", "script_name", "script_id", "line", "column"],
            "trace_node_fields": ["id", "function_info_index", "count", "size", "children"],
            "sample_fields": ["timestamp_us", "last_assigned_id"], "location_fields": location}
    if style == "chromium":
        meta.update(scope_fields=["script_node_index", "scope_id", "depth", "scope_context_vars_count", "scope_uses_count"],
                    scope_context_var_fields=["name"], scope_use_fields=["declaring_scope_id", "slot_index"])
    edges = [edge for node in nodes for edge in node[5]]
    rows = [[n[0], n[1], n[2], n[3], len(n[5])] + ([3 if n[0] == 3 else 0] if old else []) + [n[4]] for n in nodes]
    header = {"meta": meta, "node_count": len(nodes), "edge_count": len(edges), "trace_function_count": 0}
    if not old:
        header["extra_native_bytes"] = 128
    comma = "\n," if old else ","
    table = lambda rows: "[" + comma.join(",".join(map(str, row)) for row in rows) + ("\n]" if old and rows else "]")
    members = [("snapshot", json.dumps(header, separators=(",", ":"))), ("nodes", table(rows)),
               ("edges", table([(t, n, to * width) for t, n, to in edges]))]
    if old:
        members += [("trace_function_infos", "[0,1,0,7,0,0,1,13,12,7,10,2]"),
                    ("trace_tree", "[1,0,0,0,[2,1,1,8,[3,1,5,240,[]]]]"), ("samples", "[0,9,100,13,2500,21]")]
    else:
        members += [("trace_function_infos", "[]"), ("trace_tree", "[]"), ("samples", "[]")]
    members.append(("locations", table([[8 * width, 9] + ([0] if style == "chromium" else []) + [12, 4]])))
    if style == "chromium":
        members += [("scopes", f"[{2 * width},-2,0,1,1,{2 * width},3,1,1,0]"), ("scope_context_vars", "[5,3]"),
                    ("scope_uses", "[-2,0]")]
    members.append(("strings", json.dumps(strings)))
    return ("{" + ",\n".join(f'"{key}":{value}' for key, value in members) + "}").encode()


def jsc(kind, version):
    nodes = [(0, 0, 0, 0), (7, 48, 1, 0), (12, 32, 2, 0), (30, 16, 3, 0), (31, 112, 4, 1), (40, 32, 5, 2), (5, 20, 6, 0)]
    edges = [(0, 7, 0, 0), (0, 30, 1, 0), (7, 12, 3, 1), (30, 7, 1, 2), (30, 31, 0, 0), (40, 5, 2, 0)]
    debugging = kind == "GCDebugging"
    rows = ",".join(",".join(map(str, n)) + (f',0,"0x7fe50{n[0]}","0x0"' if debugging else "") for n in nodes)
    text = (f'{{"version":{version},"type":"{kind}","nodes":[{rows}],'
            '"nodeClassNames":["<root>","Function","Map","Object","Structure","Session","string"],'
            f'"edges":[{",".join(str(v) for e in edges for v in e)}],'
            '"edgeTypes":["Internal","Property","Index","Variable"],"edgeNames":["global","sessions","run"]')
    text += ',"roots":[0,0,0],"labels":[""]' if debugging else ""
    return (text + (',"retinueCollections":[12,500,5,5,12,500,6,4]' if version == 3 else "") + "}").encode()


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def value(number, content):
    return varint(number << 3) + varint(content)


def content(number, inner):
    return varint(number << 3 | 2) + varint(len(inner)) + inner


def spidermonkey():
    two, one = {}, {}

    def text(string, number, table):
        if string in table:
            return value(number + 1, table[string])
        table[string] = len(table)
        return content(number, string.encode("utf-16-le" if table is two else "latin-1"))

    def node(id, type_name, size, coarse, edges=(), class_name=None, script=None, descriptive=None, stack=b""):
        out = value(1, id) + text(type_name, 2, two) + value(4, size)
        for target, name in edges:
            out += content(5, value(1, target) + (text(name, 2, two) if name else b""))
        out += stack
        out += text(class_name, 7, one) if class_name else b""
        out += value(9, coarse)
        out += text(script, 10, one) if script else b""
        out += text(descriptive, 12, two) if descriptive else b""
        return varint(len(out)) + out

    frame = lambda: content(6, content(1, value(1, 900) + value(3, 12) + value(4, 7) + text("app.js", 5, two)
                                       + text("makeSession", 7, two) + value(10, 1)))
    base = 0x10BB00000000
    at = lambda index: base + 40 * index
    time = value(1, 1795657199101749)
    out = varint(len(time)) + time
    out += node(0x7FFC12345678, "JS::ubi::RootList", 1, 0, [(at(1), "active window global"), (at(2), "Preserved wrapper, holder 0x7f1f"), (at(6), None)])
    out += node(at(1), "JSObject", 400, 1, [(at(3), "LeakedSession"), (at(2), "sessions")], "Window")
    out += node(at(2), "JSObject", 48, 1, [(at(4), "objectElements[3]"), (at(4), "objectElements[4]")], "Array")
    out += node(at(3), "JSObject", 64, 1, [(at(5), "JSFunction script"), (at(7), "prototype")], "Function")
    out += node(at(4), "JSObject", 56, 1, [(at(8), "shape"), (at(9), "name"), (at(1), "getter")], "Object", stack=frame())
    out += node(at(5), "js::BaseScript", 120, 2, script="https://example/app.js")
    out += node(at(6), "nsIContent", 144, 4, descriptive="na\u00efve-\U0001f600")
    out += node(at(7), "JSObject", 56, 1, [(at(3), "constructor")], "Object")
    out += node(at(8), "js::Shape", 32, 0, [(at(10), "base")])
    out += node(at(9), "JSString", 24, 3)
    out += node(at(10), "js::BaseShape", 24, 0, [(at(7), "baseshape_proto")])
    return out


def columns(snapshot):
    """The blocks of a native file without their packing: kind, length in two bytes, content."""
    with tempfile.TemporaryDirectory() as folder:
        source, native = os.path.join(folder, "in"), os.path.join(folder, "out")
        with open(source, "wb") as file:
            file.write(snapshot)
        subprocess.run([retinue, "snapshot", "convert", source, "--format", "native", "-o", native],
                       check=True, stdout=subprocess.DEVNULL)
        with open(native, "rb") as file:
            rest = file.read()[8:]
    out = b""
    while rest:
        index, kind, raw, size = struct.unpack("<4I", rest[:16])
        block = subprocess.run(["zstd", "-dc"], input=rest[16:16 + size], check=True, stdout=subprocess.PIPE).stdout
        rest = rest[16 + size:]
        if kind != 5:  # the fuzzing program adds a closing block that counts right
            out += struct.pack("<BH", kind, len(block)) + block
    return out


for style in ("node20", "node24", "chromium"):
    write("v8", style, v8(style))
    write("columns", style, columns(v8(style)))
for kind, version in (("Inspector", 2), ("Inspector", 3), ("GCDebugging", 3)):
    write("jsc", f"{kind.lower()}{version}", jsc(kind, version))
write("columns", "jsc", columns(jsc("GCDebugging", 3)))
write("spidermonkey", "small", spidermonkey())
write("columns", "spidermonkey", columns(spidermonkey()))
