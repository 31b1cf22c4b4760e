#!/usr/bin/env bash
# HAProxy's `retry-on` repeats a request when the server closes the connection without a response. According to its
# documentation HAProxy copies the whole request into a buffer, and only requests that do not fit in it are never retried. One
# expects that every small POST is repeated. Instead its packets decide: a POST with a body of 7 bytes is sent 4 times if the
# body arrives together with the header, and once if it arrives 0.1 s later. A test with curl or Node.js, which send both at
# once, says nothing about Java's HttpClient, which sends them apart. With `option http-buffer-request` both are repeated.
set -euo pipefail
version=2.6.12-1+deb12u4
folder=$(mktemp -d)
children=()
trap 'for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq "haproxy=$version" liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 2>/dev/null
for package in *.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$folder/usr/lib/$(uname -m)-linux-gnu
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
plain=$(port) buffered=$(port) server=$(port)
cat >haproxy.cfg <<C
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
    retries 3
    retry-on empty-response
listen plain
    bind 127.0.0.1:$plain
    server one 127.0.0.1:$server
listen buffered
    bind 127.0.0.1:$buffered
    option http-buffer-request
    server one 127.0.0.1:$server
C
usr/sbin/haproxy -db -f haproxy.cfg >haproxy.log 2>&1 & children+=($!)
cat >measure.py <<'P'
import socket, sys, threading, time
plain, buffered, server = map(int, sys.argv[1:])
head, body = b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 7\r\n\r\n", b'{"a":1}'
seen = 0
def serve(listener):  # Reads each request to its end, counts it, and closes without a response.
    global seen
    while True:
        connection = listener.accept()[0]
        data = b""
        while not data.endswith(body) and (part := connection.recv(4096)):
            data += part
        seen += data.endswith(body)
        connection.close()
def post(port, parts):
    global seen
    seen = 0
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            client.sendall(part)
            time.sleep(0.1)
        client.recv(4096)
    return seen
threading.Thread(target=serve, args=(socket.create_server(("127.0.0.1", server)),), daemon=True).start()
for _ in range(100):
    try: socket.create_connection(("127.0.0.1", plain)).close(); break
    except OSError: time.sleep(0.1)
print(*(post(port, parts) for port in (plain, buffered) for parts in ([head + body], [head, body])))
P
read -r together apart together_buffered apart_buffered < <(python3 measure.py "$plain" "$buffered" "$server")
echo "version:   haproxy $version"
echo "behaviour: a POST is sent $together times if its body is in the packet of its header, and $apart time if it is later"
echo "output:    $together and $apart; with option http-buffer-request $together_buffered and $apart_buffered"
[ "$together $apart $together_buffered $apart_buffered" = "4 1 4 4" ]
