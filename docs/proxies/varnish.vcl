# /etc/varnish/default.vcl; varnishd -a :8080 -f /etc/varnish/default.vcl
vcl 4.1;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    # Varnish appends the client to X-Forwarded-For. Nothing else that clients send in these fields is passed on.
    unset req.http.Forwarded;
    set req.http.X-Forwarded-For = client.ip;
    # The proxy before it that ends TLS tells Varnish by another port; this one is plain.
    set req.http.X-Forwarded-Proto = "http";
    set req.http.X-Forwarded-Host = req.http.Host;

    # For its cache Varnish asks for gzip, unpacks it for clients that do not take it, and makes the tag a weak one, which
    # is no good for If-Match. Only the pages of the documentation are worth it.
    if (req.url !~ "^/api/(docs|schema)") {
        return (pass);
    }
}

sub vcl_backend_response {
    # Agora compresses by itself, and Varnish leaves that alone.
    if (beresp.http.Content-Type ~ "json" && bereq.http.Accept-Encoding ~ "gzip") {
        set beresp.do_gzip = true;
    }
}
