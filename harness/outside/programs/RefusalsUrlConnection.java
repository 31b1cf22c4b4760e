import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Arrays;

/** Refusals as HttpURLConnection sees them: `BASE TRIES`. */
public final class RefusalsUrlConnection {
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

    private static int send(String base, Refusal refusal, byte[] body) throws Exception {
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
