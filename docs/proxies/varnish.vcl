# /etc/varnish/default.vcl; varnishd -a :8080 -f /etc/varnish/default.vcl
vcl 4.1;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    # Overwritten, so that values sent by clients are not passed on. Varnish has appended its client to X-Forwarded-For.
    unset req.http.Forwarded;
    set req.http.X-Forwarded-For = client.ip;
    # A TLS proxy in front of Varnish would use another port; this one is plain HTTP.
    set req.http.X-Forwarded-Proto = "http";
    set req.http.X-Forwarded-Host = req.http.Host;

    # When caching, Varnish requests gzip, unpacks it for clients that do not accept it, and makes the ETag weak, which
    # breaks If-Match. Therefore only the documentation pages are cached.
    if (req.url !~ "^/api/(docs|schema)") {
        return (pass);
    }
}

sub vcl_backend_response {
    # Agora compresses responses, and Varnish leaves them unchanged.
    if (beresp.http.Content-Type ~ "json" && bereq.http.Accept-Encoding ~ "gzip") {
        set beresp.do_gzip = true;
    }
}
