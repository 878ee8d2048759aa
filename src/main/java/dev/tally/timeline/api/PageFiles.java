package dev.tally.timeline.api;

import dev.tally.http.Json;

import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Serves the page on which people see why an account is in the state it is in: static files, the
 * same for everyone. The page itself calls the API with the token of whoever looks. All its
 * addresses are relative, so that it works below any path of a reverse proxy.
 */
@WebServlet(
        urlPatterns = {"/ui", "/ui/*"},
        loadOnStartup = 1)
public class PageFiles extends HttpServlet {

    /** Folder of the files in the application. */
    private static final String FOLDER = "/ui/";

    private static final String FIRST = "index.html";

    /** Folder of the only library, in which there is one folder: its version. */
    private static final String LIBRARY = "/webjars/preact/";

    /** Name of the file that says how people sign in. */
    private static final String SIGN_IN = "sign-in.json";

    private static final Map<String, String> TYPES =
            Map.of(
                    "html",
                    "text/html",
                    "css",
                    "text/css",
                    "js",
                    "text/javascript",
                    "json",
                    "application/json");

    @Inject transient PageSettings settings;

    /** Files by their names. */
    private transient Map<String, Content> files;

    private transient String policy;

    /** A file, and its entity tag. */
    private record Content(String text, String type, String tag) {}

    @Override
    public void init() throws ServletException {
        try {
            var all = new HashMap<String, Content>();
            for (var path : getServletContext().getResourcePaths(FOLDER)) {
                all.put(path.substring(FOLDER.length()), content(path));
            }
            for (var version : getServletContext().getResourcePaths(LIBRARY)) {
                all.put("preact.js", content(version + "dist/preact.module.js"));
            }
            var signIn = settings.signIn();
            all.put(SIGN_IN, content(SIGN_IN, json(signIn)));
            files = Map.copyOf(all);
            policy = policy(signIn);
        } catch (IOException e) {
            throw new ServletException("The page cannot be read.", e);
        }
    }

    private Content content(String path) throws IOException {
        try (var in = getServletContext().getResourceAsStream(path)) {
            if (in == null) throw new FileNotFoundException(path);
            return content(path, in.readAllBytes());
        }
    }

    private static Content content(String path, byte[] bytes) {
        try {
            var type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
            var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            var tag = '"' + HexFormat.of().formatHex(digest, 0, 16) + '"';
            return new Content(new String(bytes, StandardCharsets.UTF_8), type, tag);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The file that tells the page how people sign in; an empty object if they cannot. */
    private static byte[] json(Optional<SignIn> signIn) {
        var known =
                signIn.map(
                        at ->
                                Map.of(
                                        "issuer",
                                        at.issuer(),
                                        "clientId",
                                        at.clientId(),
                                        "scope",
                                        at.scope()));
        return Json.MAPPER.writeValueAsBytes(known.orElse(Map.of()));
    }

    /**
     * The page runs its own files, and nothing else, whatever an event has in it. It asks this
     * server, and the provider.
     */
    private static String policy(Optional<SignIn> signIn) {
        var provider =
                signIn.stream()
                        .flatMap(at -> at.origins().stream().sorted())
                        .map(origin -> " " + origin)
                        .collect(Collectors.joining());
        return "default-src 'none'; script-src 'self'; style-src 'self';"
                + " connect-src 'self'%s; img-src 'self' data:; base-uri 'none'; form-action 'none';"
                        .formatted(provider)
                + " frame-ancestors 'none'";
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (request.getPathInfo() == null) {
            // Relative, since a proxy may have taken away a part of the path.
            response.setStatus(HttpServletResponse.SC_MOVED_PERMANENTLY);
            response.setHeader("Location", "ui/");
            return;
        }
        var name = request.getPathInfo().substring(1);
        var file = files.get(name.isEmpty() ? FIRST : name);
        if (file == null) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        response.setHeader("Content-Security-Policy", policy);
        response.setHeader("Cache-Control", "no-cache");
        response.setHeader("ETag", file.tag);
        if (file.tag.equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        response.setContentType(file.type);
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(file.text);
    }
}
