"""Body sizes, and requests that are refused without reading the body."""

SIZES = (20_000, 100_000, 900_000, 2_000_000, 5_000_000)
JSON = {"Content-Type": "application/json"}
# Method, path, header, status.
REFUSALS = (
    ("POST", "/api/v1/products", {**JSON, "Authorization": "Bearer x"}, 401),
    ("POST", "/api/v1/nowhere", JSON, 404),
    ("PUT", "/api/v1/products", JSON, 405),
    ("POST", "/api/v1/auth/login", JSON, 413),
    ("POST", "/api/v1/auth/login", {"Content-Type": "text/plain"}, 415),
)
