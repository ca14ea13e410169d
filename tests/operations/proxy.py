"""nginx as deploy/nginx.conf has it, with a certificate made here; only names of places and ports are changed."""

import os
import pwd
import shutil
import ssl
import subprocess
from pathlib import Path

from tests.operations.portal import ROOT, free_port, kill_group
from tests.waiting import wait_until

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


class Proxy:
    """The shipped proxy in front of some web nodes."""

    def __init__(self, directory, portal, web_ports, *, http_port=None, https_port=None):
        self.directory, self.portal, self.web_ports = Path(directory), portal, web_ports
        self.http_port, self.https_port = http_port or free_port(), https_port or free_port()
        self.process = None
        self.access_log = self.directory / "access.log"
        (self.directory / "large").mkdir()
        self.make_certificate()
        self.context = ssl.create_default_context(cafile=self.directory / "fullchain.pem")
        (self.directory / "nginx.conf").write_text(self.configuration())

    def make_certificate(self):
        subprocess.run(
            [
                *[
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:prime256v1",
                    "-nodes",
                ],
                *["-days", "30", "-subj", "/CN=metodstod.example.se"],
                *["-addext", "subjectAltName=DNS:metodstod.example.se"],
                *["-keyout", self.directory / "privkey.pem", "-out", self.directory / "fullchain.pem"],
            ],
            check=True,
            capture_output=True,
        )

    def configuration(self):
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        account = pwd.getpwuid(os.geteuid()).pw_name
        nodes = [f"server 127.0.0.1:{port}" for port in self.web_ports]
        for shipped, here in {
            "user www-data;": f"user {account} {pwd_group()};" if os.geteuid() == 0 else "",
            "pid /run/nginx.pid;": f"pid {self.directory}/nginx.pid;",
            "error_log /var/log/nginx/error.log warn;": f"error_log {self.directory}/error.log warn;",
            "access_log /var/log/nginx/metodstod.log metodstod;": f"access_log {self.access_log} metodstod;",
            "/etc/metodstod/tls/": f"{self.directory}/",
            "/var/lib/metodstod/media/": f"{self.portal.directory}/media/",
            "/var/lib/nginx/metodstod ": f"{self.directory}/films ",
            "server 127.0.0.1:8001": nodes[0],
            "server 127.0.0.1:8002": nodes[1],
            "listen 80 ": f"listen 127.0.0.1:{self.http_port} ",
            "listen 80;": f"listen 127.0.0.1:{self.http_port};",
            "listen 443 ": f"listen 127.0.0.1:{self.https_port} ",
            # Where nginx lays what does not fit in memory is said when it is built; here it has a place of its own.
            "server_tokens off;": "server_tokens off;"
            + "".join(
                f" {kind}_temp_path {self.directory}/large/{kind};"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            ),
        }.items():
            assert shipped in text, f"deploy/nginx.conf has no {shipped}"
            text = text.replace(shipped, here)
        return text

    def start(self):
        command = [
            NGINX,
            "-c",
            str(self.directory / "nginx.conf"),
            "-p",
            str(self.directory),
            "-g",
            "daemon off;",
        ]
        said = self.directory / "said"
        with said.open("w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, process_group=0)
        wait_until((self.directory / "nginx.pid").exists)
        assert self.process.poll() is None, said.read_text()
        return self

    def stop(self):
        if self.process:
            kill_group(self.process)


def pwd_group():
    import grp

    return grp.getgrgid(os.getegid()).gr_name
