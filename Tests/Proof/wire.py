#!/usr/bin/env python3
"""A 49 MB V8 snapshot takes at most 5.0 MB on the wire: wire.py

The file is made by ../shared/bench/gen-heap.mjs at scale 60; the size is that of the native form, which is what
travels and rests, block by block.
"""
from fleet import *

table = Table()


def act():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="retinue-wire-"))
    try:
        text = folder / "m.heapsnapshot"
        node = runtimes().get("node20") or next(p for n, p in runtimes().items() if n != "bun")
        subprocess.run([node, str(SHARED / "bench/gen-heap.mjs"), "--scale", "60", "--out", str(text)], check=True,
                       stdout=subprocess.DEVNULL, timeout=300)
        native = folder / "m.native"
        subprocess.run([str(BIN / "retinue"), "snapshot", "convert", str(text), "--format", "native", "-o", str(native)],
                       check=True, timeout=120)
        size, source = native.stat().st_size, text.stat().st_size
        return f"{size / 1e6:.2f} MB for {source / 1e6:.1f} MB", size <= 5_000_000 and source > 48e6
    finally:
        shutil.rmtree(folder)


table.attempt("49 MB V8 snapshot on the wire", "<= 5.0 MB", act)
table.exit()
