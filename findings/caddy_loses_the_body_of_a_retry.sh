#!/usr/bin/env bash
# Caddy's reverse_proxy with lb_try_duration tries another upstream when a connection is refused. The same is expected for
# a request with a body, since none of it was sent. Caddy 2.6.2, the version of Debian 12, returns 502 instead: the first
# attempt has closed the body ("http: invalid Read on closed Body"). A GET succeeds.
set -euo pipefail
version=2.6.2-5
folder=$(mktemp -d)
children=()
trap 'for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq "caddy=$version" 2>/dev/null
dpkg -x caddy_*.deb .
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
closed=$(port) open=$(port) front=$(port)
cat >upstream.py <<'P'
import http.server, sys
class Echo(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_POST
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
P
cat >Caddyfile <<C
{
	admin off
	auto_https off
}
:$front {
	reverse_proxy 127.0.0.1:$closed 127.0.0.1:$open {
		lb_policy first
		lb_try_duration 5s
		lb_try_interval 50ms
		fail_duration 1s
	}
}
C
python3 upstream.py "$open" 2>/dev/null & children+=($!)
HOME=$folder usr/bin/caddy run --config Caddyfile --adapter caddyfile >caddy.log 2>&1 & children+=($!)
for _ in $(seq 100); do curl -s -o /dev/null --noproxy '*' "http://127.0.0.1:$front/" && break; sleep 0.1; done
sleep 2 # Longer than fail_duration: the first upstream counts as healthy again.
get=$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' "http://127.0.0.1:$front/")
sleep 2
post=$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' -d body "http://127.0.0.1:$front/")
echo "version:   caddy $version"
echo "behaviour: GET $get, POST $post, where the first upstream refuses connections and the second answers"
echo "output:    $(grep -o 'http: invalid Read on closed Body' caddy.log | head -n 1)"
[ "$get" = 200 ] && [ "$post" = 502 ] && grep -q 'invalid Read on closed Body' caddy.log
