"""Starts browsers that show one page without a window anybody could see."""
import socket
from fleet import *

NAMES = ("chromium", "firefox", "webkitgtk")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def display_of(fleet):
    """The environment of a display that nobody sees, one for all of a fleet."""
    with fleet.lock:
        if fleet.display is None:
            # The display's server chooses a number that is free and says it when it is ready.
            server = Program(["Xvfb", "-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"], stdin=False)
            fleet.programs.append(server)
            fleet.display = until("Xvfb has a display", 20, lambda: server.lines and server.lines[0])
    return {"DISPLAY": f":{fleet.display}"}


def start_page(fleet, name, address, service, version="1", instance=None, prefix=(), environment=None):
    """A browser with its inspector on loopback, in a folder of its own; its instance is called by its name.

    `prefix` is what stands before its command line, such as `setsid`; with another `environment` than the fleet's it is
    left alone.
    """
    scratch = fleet.folder / (instance or name)
    scratch.mkdir()
    env = dict(os.environ, RETINUE_SERVICE=service, RETINUE_VERSION=version, RETINUE_INSTANCE=instance or name,
               RETINUE_ENVIRONMENT=environment or fleet.mark, HOME=str(scratch), TMPDIR=str(scratch))
    path = all_runtimes()[name]
    if name == "chromium":
        argv = [path, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
                f"--user-data-dir={scratch}/profile", address]
    elif name == "firefox":
        preferences = {"devtools.debugger.remote-enabled": "true", "devtools.chrome.enabled": "true",
                       "devtools.debugger.prompt-connection": "false",
                       # A tab may crash and a page may be old: no question is asked that nobody would answer.
                       "toolkit.startup.max_resumed_crashes": "-1", "browser.shell.checkDefaultBrowser": "false"}
        env["MOZ_CRASHREPORTER_DISABLE"] = "1"
        (scratch / "user.js").write_text("".join(f'user_pref("{k}", {v});\n' for k, v in preferences.items()))
        argv = [path, "--headless", "--no-remote", "--profile", str(scratch), "--start-debugger-server",
                str(free_port()), address]
    else:
        env.update(display_of(fleet), WEBKIT_INSPECTOR_HTTP_SERVER=f"127.0.0.1:{free_port()}", GDK_BACKEND="x11",
                   WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS="1", LIBGL_ALWAYS_SOFTWARE="1", NO_AT_BRIDGE="1",
                   GTK_A11Y="none")
        argv = [path, address]
    program = Program([*prefix, *argv], env=env, cwd=str(scratch))
    fleet.programs.append(program)
    return program


def page_row(rows, name, address):
    """The row of `retinue targets` of the page with this very address, of a browser that `start_page` started."""
    return next((row for row in rows if row["instance"].split("/")[0] == name and row["title"] == address
                 and row["state"] == "attached" and "snapshot" in row["capabilities"]), None)
