#!/usr/bin/env python3
"""Files that lie to `retinue analyze`: bombs.py [NAME…]

The bombs of JSON, of counts and of packing, for each engine's form and for our own columns. Each is refused with the
place where it lies (or, where it is merely large or odd, analysed), in little time and memory: what a file says of
itself reserves nothing, and a depth is never the depth of a stack.
"""
import gzip, hashlib, re, struct
from fleet import *

table = Table()
scratch = pathlib.Path(tempfile.mkdtemp(prefix="retinue-bombs-"))
MIB = 1 << 20
META = {"node_fields": ["type", "name", "id", "self_size", "edge_count", "detachedness"],
        "node_types": [["hidden", "object", "synthetic"], "string"] + ["number"] * 4,
        "edge_fields": ["type", "name_or_index", "to_node"],
        "edge_types": [["context", "element", "property"], "string_or_number", "node"]}


def v8(nodes="2,0,1,0,1,0,\n1,1,3,16,0,0", edges="2,1,6", strings='"","a"', counts=(2, 1), extra="", **meta):
    """A root that holds one object, or what is said instead."""
    snapshot = {"meta": {**META, **meta}, "node_count": counts[0], "edge_count": counts[1]}
    text = json.dumps({"snapshot": snapshot})[:-1] + ","
    return f'{text}{extra}"nodes":[{nodes}],"edges":[{edges}],"strings":[{strings}]}}'


def jsc(nodes="0,0,0,0,1,8,1,0", edges="0,1,0,0", names='"<root>","A"', types='"Internal"', edge_names=""):
    return (f'{{"version":3,"type":"Inspector","nodes":[{nodes}],"nodeClassNames":[{names}],"edges":[{edges}],'
            f'"edgeTypes":[{types}],"edgeNames":[{edge_names}]}}')


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number, inner):
    return varint(number << 3 | 2) + varint(len(inner)) + inner


def firefox(*messages):
    """A message of metadata with a time, and these."""
    time = b"\x08" + varint(1795657199101749)
    return b"".join(varint(len(message)) + message for message in (time, *messages))


def frames(depth):
    """Stack frames inside one another: each is data with an id and a parent."""
    frame = field(1, b"\x08\x01")
    for number in range(2, depth + 2):
        frame = field(1, b"\x08" + varint(number) + field(2, frame))
    return b"\x08\x01" + field(6, frame)


def packed(path, *parts):
    """Writes text or bytes behind one another, packed; a pair is repeated."""
    with gzip.open(path, "wb", 1) as file:
        for part, times in (part if isinstance(part, tuple) else (part, 1) for part in parts):
            part = part.encode() if isinstance(part, str) else part
            block = part * max(1, min(times, MIB // len(part)))
            for _ in range(times * len(part) // len(block)):
                file.write(block)


def columns(change=lambda blocks: None):
    """Our own form of the V8 heap, its blocks changed (each is [kind, declared size, packed content]), counted right."""
    source, native = scratch / "in", scratch / "native"
    source.write_text(v8())
    subprocess.run([BIN / "retinue", "snapshot", "convert", source, "--format", "native", "-o", native], check=True,
                   stdout=subprocess.DEVNULL)
    rest = native.read_bytes()
    magic, rest, blocks = rest[:8], rest[8:], []
    while rest:
        _, kind, declared, size = struct.unpack("<4I", rest[:16])
        blocks.append([kind, declared, rest[16:16 + size]])
        rest = rest[16 + size:]
    change(blocks)
    digest = hashlib.sha256(b"".join(hashlib.sha256(block[2]).digest() for block in blocks[:-1])).digest()
    closing = content(blocks[-1])
    closing = closing[:5] + struct.pack("<IQ", len(blocks) - 1, sum(block[1] for block in blocks[:-1])) + digest + closing[49:]
    blocks[-1][2] = zstd(closing)
    return magic + b"".join(struct.pack("<4I", index, kind, declared, len(content)) + content
                            for index, (kind, declared, content) in enumerate(blocks))


def zstd(content):
    return subprocess.run(["zstd", "-q", "-c"], input=content, check=True, stdout=subprocess.PIPE).stdout


def content(block):
    return subprocess.run(["zstd", "-q", "-dc"], input=block[2], check=True, stdout=subprocess.PIPE).stdout


def edited(kind, pattern, replacement):
    """Changes the content of the first block of a kind."""
    def change(blocks):
        block = next(block for block in blocks if block[0] == kind)
        old = content(block)
        new = re.sub(pattern, lambda _: replacement, old, count=1, flags=re.S)
        assert new != old, f"{pattern} stands in no block of kind {kind}: {old}"
        block[1], block[2] = len(new), zstd(new)
    return change


def claimed(size):
    return lambda blocks: blocks[1].__setitem__(1, size)


def inflating(blocks):
    blocks[1][2] = zstd(bytes(256 * MIB))


LONG = 1 << 30
COUNT = 1 << 53
# Name, what to write, and what is answered: nothing where it is analysed.
BOMBS = [
    ("v8 depth 10^6 in a section", v8(extra='"deep":' + "[" * 1_000_000), "1024 arrays and objects"),
    ("v8 depth 10^6 of objects", v8(extra='"deep":' + '{"a":' * 1_000_000), "1024 arrays and objects"),
    ("v8 depth 10^6 in meta", '{"snapshot":{"meta":' + "[" * 1_000_000, "arrays and objects"),
    ("v8 depth 10^6 in trace_tree", v8(extra='"trace_tree":' + "[1,1,1,1," * 1_000_000), "1024 arrays and objects"),
    ("v8 10^7 empty strings", v8(strings='"","a"' + ',""' * 10_000_000), None),
    ("v8 string of 1 GiB", (v8()[:-4], ("x" * 1024, LONG // 1024)), "string of more than"),
    ("v8 number of 10^8 digits", (v8()[:v8().index("2,0,1,0")], ("7" * 1000, 100_000)), "more than 63 bits"),
    ("v8 key of 10^8 bytes", ('{"', ("k" * 1000, 100_000)), "no members"),
    ("v8 node_count 2^53", v8(counts=(COUNT, 1)), "9007199254740992 nodes"),
    ("v8 edge_count 2^53", v8(counts=(2, COUNT)), "9007199254740992 edges"),
    ("v8 node_count 2^31, none there", v8(counts=((1 << 31) - 1, 1)), "2147483647 nodes, but there are 2"),
    ("v8 edge_count 2^33, one there", v8(counts=(2, 1 << 33)), "8589934592 edges, but there are 1"),
    *((f"v8 node_count {number}", v8().replace('"node_count": 2', f'"node_count": {number}'), answer)
      for number, answer in (("-2", "no count"), ("2.5", "no count"), ("NaN", "expected a value"), ("1e400", "number"),
                             ("-0", "but there are 2"), ("1e1", "10 nodes"), ("Infinity", "expected a value"))),
    *((f"v8 a size of {number}", v8(nodes=f"2,0,1,0,1,0,\n1,1,3,{number},0,0"), answer)
      for number, answer in (("-1", "self size -1"), ("1.5", "fraction"), ("1e400", "fraction"), ("NaN", "whole number"),
                             ("9223372036854775808", "63 bits"))),
    ("v8 a section twice", v8(extra='"nodes":[],'), "'nodes' stands in the snapshot twice"),
    ("v8 meta twice: the last counts", v8().replace('{"meta"', '{"meta": 1, "meta"'), None),
    ("v8 node_count twice: the last counts", v8().replace('"node_count": 2', '"node_count": 2, "node_count": 3'), "3 nodes"),
    ("v8 an edge beyond the nodes", v8(edges="2,1,12"), "edge 0 has target 2"),
    ("v8 an edge into the middle", v8(edges="2,1,7"), "no multiple of 6"),
    ("v8 edges that do not add up", v8(nodes="2,0,1,0,2,0,\n1,1,3,16,0,0"), "2 edges together"),
    ("v8 no meta", v8().replace('"meta"', '"mete"'), "no 'meta'"),
    ("v8 5 fields of a node", v8(nodes="2,0,1,0,1,1,1,3,16,0", edges="2,1,5", node_fields=META["node_fields"][:5]), None),
    ("v8 8 fields of a node", v8(nodes="2,0,1,0,1,0,0,0,1,1,3,16,0,0,0,0", edges="2,1,8",
                                 node_fields=META["node_fields"] + ["x", "y"]), None),
    ("v8 10^5 fields of a node", v8(node_fields=META["node_fields"] + ["x"] * 100_000), "more than 262144 bytes"),
    ("v8 lone surrogates", v8(strings=r'"\ud800","\udc00a\ud83d"'), None),
    ("v8 byte order mark", "\ufeff" + v8(), "byte order mark"),
    ("v8 CRLF", v8(nodes="2,0,1,0,1,0\r\n,1,1,3,16,0,0\r\n", edges="\r\n2,1,6\r\n").replace(",", ",\r\n"), None),
    ("v8 a chain of 10^6", v8(nodes=",".join(f"1,1,{2 * n + 1},16,{int(n < 999_999)},0" for n in range(1_000_000)),
                              edges=",".join(f"2,1,{6 * n}" for n in range(1, 1_000_000)), counts=(1_000_000, 999_999)),
     None),
    ("v8 a ring, and all to all", v8(
        nodes="2,0,1,0,1000,0," + ",".join(f"1,1,{2 * n + 3},16,1000,0" for n in range(999)),
        edges=",".join(f"2,1,{6 * n}" for n in range(1000)) + (
            "," + ",".join(f"2,1,{6 * n}" for n in range(1000))) * 999, counts=(1000, 1_000_000)), None),
    ("v8 2 GiB of spaces, packed", ('{"snapshot":', (" " * 1024, 2 << 20)), "ends too early"),
    ("v8 256 Mi zeros as nodes, packed", (
        v8(counts=((1 << 31) - 1, 1)).split("2,0,1,0")[0], ("0,0,0,0,0,0,", 1 << 24)), "ends too early"),
    ("jsc depth 10^6", '{"version":3,"type":"Inspector","nodes":' + "[" * 1_000_000, "whole number"),
    ("jsc depth 10^6 in a new member", '{"version":3,"type":"Inspector","new":' + "[" * 1_000_000, "arrays and objects"),
    ("jsc 10^7 empty names", jsc(names='"<root>","A"' + ',""' * 10_000_000), None),
    ("jsc name of 1 GiB", ('{"version":3,"type":"Inspector","nodes":[0,0,0,0],"nodeClassNames":["',
                           ("x" * 1024, LONG // 1024)), "string of more than"),
    ("jsc an id of 2^63 - 1", jsc(nodes="0,0,0,0,9223372036854775807,8,1,0"), "allowed: 0 to 4294967295"),
    ("jsc an id of 2^63", jsc(nodes="0,0,0,0,9223372036854775808,8,1,0"), "63 bits"),
    ("jsc version 2^53", jsc().replace("3", str(COUNT), 1), "version"),
    ("jsc version 1e400", jsc().replace("3", "1e400", 1), "range of a double"),
    ("jsc a size of -1", jsc(nodes="0,0,0,0,1,-1,1,0"), "size -1"),
    ("jsc a section twice", jsc().replace('"nodes"', '"nodes":[],"nodes"', 1), "twice"),
    ("jsc an edge to nothing", jsc(edges="0,7,0,0"), "does not exist"),
    ("jsc a class beyond the names", jsc(nodes="0,0,0,0,1,8,2,0"), "of 2 class names"),
    ("jsc one id twice", jsc(nodes="0,0,0,0,0,8,1,0"), "two nodes"),
    ("jsc lone surrogates", jsc(names=r'"<root>","\ud800"'), None),
    ("jsc byte order mark", "\ufeff" + jsc(), "byte order mark"),
    ("jsc CRLF", jsc().replace(",", "\r\n,\r\n"), None),
    ("firefox a message of 2^62 bytes", firefox() + varint(1 << 62) + b"\x08\x01", "inside a message"),
    ("firefox a string of 1 GiB claimed", firefox() + varint(1 << 31) + b"\x08\x01\x12" + varint(LONG), "field of more"),
    ("firefox a string of 1 GiB", (firefox() + varint(1 << 31) + b"\x08\x01\x12" + varint(LONG),
                                   (b"x" * 1024, LONG // 1024)), "field of more"),
    ("firefox 10^5 frames inside one another", firefox(frames(100_000)), "128 frames"),
    ("firefox a name beyond the table", firefox(b"\x08\x01\x18\x07"), "number 7 of 0 two-byte"),
    ("firefox a class beyond the table", firefox(b"\x08\x01\x40\x07"), "number 7 of 0 one-byte"),
    ("firefox a number of 11 bytes", firefox(b"\x08" + b"\x80" * 11 + b"\x01" * 20), "beyond its message"),
    ("firefox an id of 2^64 - 1", firefox(b"\x08" + varint((1 << 64) - 1)), "an id of"),
    ("firefox an edge to nothing", firefox(b"\x08\x01" + field(5, b"\x08\x09")), "does not exist"),
    ("firefox one id twice", firefox(b"\x08\x01", b"\x08\x01"), "two nodes"),
    ("firefox 10^6 edges of one node", firefox(b"\x08\x01" + field(5, b"\x08\x01") * 1_000_000), None),
    ("firefox 10^7 nodes without names, packed", (firefox(b"\x08\x01"), (b"\x02\x20\x01", 10_000_000)), "without an id"),
    ("firefox 2 GiB of zeros, packed", (firefox(), (bytes(1024), 2 << 20)), "without an id"),
    ("columns a block of 4 GiB claimed", columns(claimed((1 << 32) - 1)), "beyond a limit"),
    ("columns a block that inflates to 256 MiB", columns(inflating), "block 1"),
    # The closing block counts; what the header says reserves nothing that is touched.
    ("columns node count 2^53", columns(edited(1, rb"\x08\x08\x00\x00\x00.{8}", b"\x08\x08\0\0\0" + struct.pack("<Q", COUNT))),
     None),
    ("columns a section of 65535 fields", columns(edited(2, rb"nodes\x06\x00", b"nodes\xff\xff")), "65535 fields"),
    ("columns 2^32 - 1 rows in a piece", columns(edited(2, rb"\x03(.{4})\x00\x00.{4}", b"\x03\x06\0\0\0\0\0\xff\xff\xff\xff")), "rows in one piece"),
]


# Starts a program from a small process: what it took at most would else count what we are.
MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def write(path, what):
    """Writes a bomb, and answers how many MiB it has unpacked."""
    if isinstance(what, tuple):
        packed(path, *what)
        return sum(len(part[0]) * part[1] if isinstance(part, tuple) else len(part) for part in what) / MIB
    path.write_bytes(what.encode() if isinstance(what, str) else what)
    return len(what) / MIB


def attempt(name, what, answer):
    path = scratch / "bomb"
    size = write(path, what)
    ran = subprocess.run([sys.executable, "-c", MEASURED, BIN / "retinue", "analyze", path], capture_output=True, timeout=120)
    words = ran.stderr.decode("utf-8", "replace").strip().removeprefix(f"retinue: {path}: ")
    code, seconds, memory = (float(word) for word in ran.stdout.split())
    # An object that is not there, or is there twice, is named by its id.
    said = answer is not None and re.search(answer, words) and re.search(r"at byte \d|(to node|identifier) \d", words)
    held = (code == 0 if answer is None else code == 1 and bool(said)) and seconds < 10 and memory < 64 + 6 * size
    table.row(name, "as it says, 10 s, 64 MiB + 6 a MiB of it",
              f"{code:.0f}, {seconds:.2f} s, {memory:.0f} MiB of {size:.1f}" + (f", {words[:120]}" if words else ""), held)


names = sys.argv[1:]
for name, what, answer in BOMBS:
    if not names or any(part in name for part in names):
        attempt(name, what, answer)
shutil.rmtree(scratch)
table.exit()
