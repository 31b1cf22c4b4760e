"""Starts the proxies with the configurations of docs/proxies, on other ports."""

import os
import pathlib

from server import Process, free_port, listens, wait_for

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CONFIGURATIONS = ROOT / "docs" / "proxies"
# Ports in the documented configurations: of the proxy and of two replicas.
PORTS = (":8080", " 8080;", "Listen 8080", "127.0.0.1:8000", "127.0.0.1:8001", '.port = "8000"')


class Proxies:
    """Starts programs from the folder of `fetch`, or installed ones."""

    def __init__(self, fetched, folder):
        self.fetched, self.folder = pathlib.Path(fetched).resolve(), folder
        libraries = [self.fetched / part for part in ("usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/varnish")]
        path = os.pathsep.join(str(self.fetched / part) for part in ("usr/sbin", "usr/bin"))
        self.env = {
            "PATH": f"{path}{os.pathsep}{os.environ['PATH']}{os.pathsep}/usr/sbin",
            "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
            "HOME": str(folder),
        }

    def find(self, path):
        """Returns the path of a package's file: fetched if available, otherwise installed."""
        fetched = self.fetched / path
        return fetched if fetched.exists() else pathlib.Path("/") / path

    def start(self, name, replicas):
        """Starts a proxy in front of one or two replicas. Returns the process and its port."""
        port = free_port()
        folder = self.folder / f"{name}-{port}"
        folder.mkdir()
        folder.chmod(0o755)
        command = getattr(self, name)(folder, port, replicas)
        proxy = Process(name, command, folder, self.env)
        proxy.start()
        wait_for(f"{name}\n{proxy.tail()}", lambda: listens(port) or proxy.child.poll() is not None)
        if proxy.child.poll() is not None:
            raise SystemExit(f"{name} has ended:\n{proxy.tail()}")
        return proxy, port

    def configuration(self, file, folder, port, replicas):
        """Copies a documented configuration with other ports. With one replica, both addresses are its address."""
        first, second = replicas[0], replicas[-1]
        text = (CONFIGURATIONS / file).read_text()
        if file == "Caddyfile" and len(replicas) == 1:
            text = text.replace(" 127.0.0.1:8001", "")
        values = (f":{port}", f" {port};", f"Listen {port}", f"127.0.0.1:{first}", f"127.0.0.1:{second}", f'.port = "{first}"')
        for documented, own in zip(PORTS, values, strict=True):
            text = text.replace(documented, own)
        path = folder / file
        path.write_text(text)
        return path

    def nginx(self, folder, port, replicas):
        site = self.configuration("nginx.conf", folder, port, replicas)
        temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        main = folder / "main.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        main.write_text(
            f"daemon off; {user} pid {folder}/pid; error_log stderr; worker_processes 2;\n"
            "events { worker_connections 1024; }\n"
            "http { access_log off;\n"
            + "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in temporary)
            + f"include {site};\n}}\n"
        )
        return ["nginx", "-c", str(main), "-p", str(folder)]

    def apache(self, folder, port, replicas):
        site = self.configuration("apache.conf", folder, port, replicas)
        modules = self.find("usr/lib/apache2/modules")
        names = ("mpm_event", "authz_core", "filter", "deflate", "headers", "proxy", "proxy_http")
        main = folder / "main.conf"
        main.write_text(
            f"ServerRoot {folder}\nServerName localhost\nPidFile {folder}/pid\nErrorLog /dev/stderr\n"
            + "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in names)
            + f"Include {site}\n"
        )
        return ["apache2", "-D", "FOREGROUND", "-f", str(main)]

    def haproxy(self, folder, port, replicas):
        return ["haproxy", "-db", "-f", str(self.configuration("haproxy.cfg", folder, port, replicas))]

    def caddy(self, folder, port, replicas):
        site = self.configuration("Caddyfile", folder, port, replicas)
        site.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + site.read_text())
        return ["caddy", "run", "--config", str(site), "--adapter", "caddyfile"]

    def varnish(self, folder, port, replicas):
        site = self.configuration("varnish.vcl", folder, port, replicas)
        # Without a jail, Varnish needs no account. Its modules are in the package's folder.
        modules = self.find("usr/lib/x86_64-linux-gnu/varnish/vmods")
        return [
            "varnishd", "-F", "-j", "none", "-n", str(folder / "work"), "-a", f"127.0.0.1:{port}", "-f", str(site),
            "-s", "malloc,32m", "-p", f"vmod_path={modules}",
        ]  # fmt: skip


NAMES = ("nginx", "apache", "haproxy", "caddy", "varnish")
