package dev.tally.system;

import dev.tally.local.Tokens;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Calls the API as one caller. A client is immutable: {@link #as} and {@link #with} return another
 * one.
 */
public final class Client {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String JSON = "application/json";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final URI url;
    private final Tokens tokens;
    private final Map<String, String> headers;

    public Client(URI url, Tokens tokens) {
        this(url, tokens, Map.of());
    }

    private Client(URI url, Tokens tokens, Map<String, String> headers) {
        this.url = url;
        this.tokens = tokens;
        this.headers = headers;
    }

    /** The same caller with a valid token of this role. */
    public Client as(String role) {
        return withToken(tokens.of(role));
    }

    public Client withToken(String token) {
        return with("Authorization", "Bearer " + token);
    }

    /** The same caller, sending this header. */
    public Client with(String header, String value) {
        var all = new LinkedHashMap<>(headers);
        all.put(header, value);
        return new Client(url, tokens, all);
    }

    public Answer get(String path) {
        return send("GET", path, null, BodyPublishers.noBody());
    }

    public Answer delete(String path) {
        return send("DELETE", path, null, BodyPublishers.noBody());
    }

    public Answer post(String path) {
        return send("POST", path, null, BodyPublishers.noBody());
    }

    public Answer post(String path, String json) {
        return send("POST", path, JSON, BodyPublishers.ofString(json));
    }

    public Answer put(String path, String json) {
        return send("PUT", path, JSON, BodyPublishers.ofString(json));
    }

    public Answer send(String method, String path, String contentType, BodyPublisher body) {
        var request = HttpRequest.newBuilder(url.resolve(path)).timeout(LIMIT).method(method, body);
        headers.forEach(request::header);
        if (contentType != null) request.header("Content-Type", contentType);
        try {
            var response = HTTP.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new IllegalStateException("No answer to " + method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** An answer. */
    public record Answer(int status, HttpHeaders headers, String body) {

        public JsonNode json() {
            return JsonMapper.shared().readTree(body);
        }

        public String header(String name) {
            return headers.firstValue(name).orElse(null);
        }

        /** True if the answer says when the same request may be sent again. */
        public boolean mayBeRepeated() {
            return header("Retry-After") != null;
        }

        /** The kebab-case name of the problem; fails if the answer is not a problem. */
        public String problem() {
            if (!"application/problem+json".equals(header("Content-Type"))) {
                throw new AssertionError("Not a problem: " + this);
            }
            return json().get("type").stringValue().replace("urn:tally:problem:", "");
        }
    }
}
