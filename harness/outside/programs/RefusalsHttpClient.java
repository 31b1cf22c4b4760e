import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;

/** Refusals as java.net.http.HttpClient sees them: `BASE TRIES`. */
public final class RefusalsHttpClient {
    private record Refusal(String method, String path, String mediaType, String credential, int status) {}

    private static final Refusal[] REFUSALS = {
        new Refusal("POST", "/api/v1/products", "application/json", "Bearer x", 401),
        new Refusal("POST", "/api/v1/nowhere", "application/json", "", 404),
        new Refusal("PUT", "/api/v1/products", "application/json", "", 405),
        new Refusal("POST", "/api/v1/auth/login", "application/json", "", 413),
        new Refusal("POST", "/api/v1/auth/login", "text/plain", "", 415),
    };

    public static void main(String[] arguments) {
        int tries = Integer.parseInt(arguments[1]);
        for (int size : new int[] {20_000, 100_000, 900_000, 2_000_000, 5_000_000}) {
            byte[] body = new byte[size];
            Arrays.fill(body, (byte) ' ');
            for (Refusal refusal : REFUSALS) {
                int lost = 0;
                String why = "";
                for (int turn = 0; turn < tries; turn++) {
                    try {
                        int status = send(arguments[0], refusal, body);
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

    private static final HttpClient CLIENT =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static int send(String base, Refusal refusal, byte[] body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(base + refusal.path()))
            .header("Content-Type", refusal.mediaType())
            .method(refusal.method(), HttpRequest.BodyPublishers.ofByteArray(body));
        if (!refusal.credential().isEmpty()) {
            request.header("Authorization", refusal.credential());
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()).statusCode();
    }
}
