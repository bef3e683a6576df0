#!/usr/bin/env python3
"""Mutual TLS from end to end: tls.py

Certificates are made here with openssl. An agent and a command line with certificates of the fleet's authority
work; those of another authority, of none, and plaintext are refused with a sentence; an address that is not
loopback is refused without certificates.
"""
from fleet import *

table = Table()
scratch = pathlib.Path(tempfile.mkdtemp(prefix="retinue-tls-"))


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60, cwd=scratch)


def authority(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")


def certificate(name, by):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key",
            "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (scratch / "san").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-days", "2",
            "-extfile", "san", "-out", f"{name}.pem")


def cli(address, *arguments, tls=None):
    argv = [str(BIN / "retinue"), *arguments, "--collector", address]
    if tls:
        argv += ["--tls-roots", scratch / "fleet.pem", "--tls-certificate", scratch / f"{tls}.pem", "--tls-key", scratch / f"{tls}.key"]
    return subprocess.run(list(map(str, argv)), capture_output=True, text=True, timeout=60)


def collector(listen, *arguments):
    return Program([str(BIN / "retinue"), "collector", "--listen", listen, "--data", str(scratch / "data"), *map(str, arguments)],
                   stdin=False)


def agent(address, name, spool):
    path = scratch / f"agent-{spool}.yaml"
    path.write_text(f"tls:\n  roots: {scratch}/fleet.pem\n  certificate: {scratch}/{name}.pem\n  key: {scratch}/{name}.key\n"
                    "rules:\n  - match: {environment: {RETINUE_ENVIRONMENT: tls-proof}}\n    set: {environment: tls-proof}\n"
                    "  - match: {commandLine: '*'}\n    ignore: true\n")
    return Program([str(BIN / "retinue-agent"), "--collector", address, "--spool", str(scratch / spool), "--config", str(path)],
                   stdin=False)


def refused_without_certificates():
    started = collector("0.0.0.0:0")
    started.wait(10)
    return f"exit {started.process.returncode}: {' '.join(started.errors)[:150]}", started.process.returncode == 2


def whole_road():
    server = collector("127.0.0.1:0", "--tls-certificate", scratch / "server.pem", "--tls-key", scratch / "server.key",
                       "--tls-client-roots", scratch / "fleet.pem")
    watcher = stranger = program = None
    try:
        line = until("collector ready", 20, lambda: next((l for l in server.lines if "127.0.0.1:" in l), None))
        address = "localhost:" + line.split("127.0.0.1:")[1].split()[0].rstrip(",.")
        name = next(n for n in runtimes() if n != "bun")
        environment = dict(os.environ, RETINUE_SERVICE="tls", RETINUE_ENVIRONMENT="tls-proof")
        program = Program([runtimes()[name], "--inspect=127.0.0.1:0", str(PROGRAMS / "heap.mjs"), "3"], env=environment)
        program.expect("READY", 60)
        watcher = agent(address, "member", "spool")

        def attached():
            asked = cli(address, "targets", "--json", tls="member")
            if asked.returncode:
                raise Missed(asked.stderr[:300])
            return next((r for r in json.loads(asked.stdout) if r["state"] == "attached"), None)
        row = until("attached", 40, attached, every=0.5)
        taken = cli(address, "snapshot", "take", "--target", row["id"], "--json", tls="member")
        state = json.loads(taken.stdout)["targets"][0]["state"]
        plain, other = cli(address, "targets"), cli(address, "targets", tls="stranger")
        table.row("command line in plaintext", "refused with a sentence", plain.stderr.strip()[:120],
                  plain.returncode == 1 and bool(plain.stderr.strip()))
        table.row("command line of another authority", "refused with a sentence", other.stderr.strip()[:120],
                  other.returncode == 1 and bool(other.stderr.strip()))
        stranger = agent(address, "stranger", "spool-stranger")
        time.sleep(4)
        agents = json.loads(cli(address, "status", "--json", tls="member").stdout)["agents"]
        table.row("agent of another authority", "not taken", f"{agents} agent(s)", agents == 1)
        return f"snapshot {state}", state == "complete"
    finally:
        for one in (watcher, stranger, program, server):
            if one:
                one.end(10)


try:
    for name in ("fleet", "elsewhere"):
        authority(name)
    for name, by in (("server", "fleet"), ("member", "fleet"), ("stranger", "elsewhere")):
        certificate(name, by)
    table.attempt("0.0.0.0 without certificates", "exit 2 with a sentence", refused_without_certificates)
    table.attempt("agent and command line over mutual TLS", "a snapshot is taken", whole_road)
finally:
    shutil.rmtree(scratch)
table.exit()
