import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;

/** Counts lost refusals with a client of the JDK: `HttpClient|HttpURLConnection BASE TRIES`. */
public final class Refusals {
    private record Refusal(String method, String path, String mediaType, String credential, int status) {}

    private interface Client {
        /** Sends a request with a body; gives the status. */
        int send(String base, Refusal refusal, byte[] body) throws Exception;
    }

    private static final Refusal[] REFUSALS = {
        new Refusal("POST", "/api/v1/products", "application/json", "Bearer x", 401),
        new Refusal("POST", "/api/v1/nowhere", "application/json", "", 404),
        new Refusal("PUT", "/api/v1/products", "application/json", "", 405),
        new Refusal("POST", "/api/v1/auth/login", "application/json", "", 413),
        new Refusal("POST", "/api/v1/auth/login", "text/plain", "", 415),
    };

    private static final HttpClient HTTP_CLIENT =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    public static void main(String[] arguments) {
        Client client = switch (arguments[0]) {
            case "HttpClient" -> Refusals::byHttpClient;
            case "HttpURLConnection" -> Refusals::byUrlConnection;
            default -> throw new IllegalArgumentException(arguments[0]);
        };
        int tries = Integer.parseInt(arguments[2]);
        for (int size : new int[] {20_000, 100_000, 900_000, 2_000_000, 5_000_000}) {
            byte[] body = new byte[size];
            Arrays.fill(body, (byte) ' ');
            for (Refusal refusal : REFUSALS) {
                int lost = 0;
                String why = "";
                for (int turn = 0; turn < tries; turn++) {
                    try {
                        int status = client.send(arguments[1], refusal, body);
                        if (status != refusal.status()) {
                            lost++;
                            why = "status " + status;
                        }
                    } catch (Exception error) {
                        lost++;
                        why = error.toString().replace('\n', ' ');
                    }
                }
                System.out.println(size + " " + refusal.status() + " " + lost + " " + why);
            }
        }
    }

    private static int byHttpClient(String base, Refusal refusal, byte[] body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(base + refusal.path()))
            .header("Content-Type", refusal.mediaType())
            .method(refusal.method(), HttpRequest.BodyPublishers.ofByteArray(body));
        if (!refusal.credential().isEmpty()) {
            request.header("Authorization", refusal.credential());
        }
        return HTTP_CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()).statusCode();
    }

    private static int byUrlConnection(String base, Refusal refusal, byte[] body) throws Exception {
        var connection = (HttpURLConnection) URI.create(base + refusal.path()).toURL().openConnection();
        connection.setRequestMethod(refusal.method());
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        connection.setRequestProperty("Content-Type", refusal.mediaType());
        if (!refusal.credential().isEmpty()) {
            connection.setRequestProperty("Authorization", refusal.credential());
        }
        try (OutputStream sent = connection.getOutputStream()) {
            sent.write(body);
        }
        int status = connection.getResponseCode();
        try (InputStream text = connection.getErrorStream()) {
            if (text != null) {
                text.readAllBytes();
            }
        }
        return status;
    }
}
